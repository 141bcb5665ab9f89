"""The two tables that only ever grow, and what each column means.

`event` is something a person or a system did, at a time. `billing_fact` is what a billing system
said about a subscription or an invoice line, effective at one time and recorded at another.
Rows are never changed: a later row that names the earlier one corrects it.
"""

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")

EVENT = pa.schema(
    [
        pa.field("message_id", pa.string(), nullable=False),  # unique within its source, for ever
        pa.field("source", pa.string(), nullable=False),  # slug of the write key or import
        # track | page | screen | identify | group | alias            (tracking API)
        # reason | ticket | incident | mention | metric | system      (imports, Tenure itself)
        pa.field("type", pa.string(), nullable=False),
        pa.field("name", pa.string()),  # of track, page and screen, and of the lower row of types
        pa.field("occurred_at", INSTANT, nullable=False),  # skew-corrected
        pa.field("known_at", INSTANT, nullable=False),  # when anybody could have known
        pa.field("received_at", INSTANT, nullable=False),  # when it reached us
        pa.field("sent_at", INSTANT),  # as the client's clock had it
        pa.field("original_at", INSTANT),  # as the client's clock had it
        pa.field("user_id", pa.string()),  # raw ids, never rewritten: merges are reversible
        pa.field("anonymous_id", pa.string()),
        pa.field("previous_id", pa.string()),  # alias only
        pa.field("account_key", pa.string()),  # groupId, or context.groupId
        # JSON object; of identify and group, the traits
        pa.field("properties", pa.string(), nullable=False),
        pa.field("context", pa.string(), nullable=False),  # JSON object
        pa.field("source_ref", pa.string()),  # `usage.csv.gz:1042`, the line that said so
        pa.field("corrects", pa.string()),  # message_id in the same source that this row replaces
        pa.field("batch", pa.int64(), nullable=False),  # shipping batch
        pa.field("occurred_month", pa.string(), nullable=False),  # `2025-03`, partition, UTC
    ]
)

BILLING_FACT = pa.schema(
    [
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        # What the fact is about, stable over corrections: `sub_1/v2/start`. Of all rows with one
        # (source, fact_key), the last known wins; `is_void` takes the fact back.
        pa.field("fact_key", pa.string(), nullable=False),
        pa.field("is_void", pa.bool_(), nullable=False),
        # start   from effective_at this version of the subscription holds (status, plan, mrr)
        # end     version_key ends at effective_at; with version_key null, the whole subscription
        # notice  at effective_at it was said that the subscription ends at ends_at
        #         (ends_at null: the notice was withdrawn)
        # pause, resume
        # invoice_line   a charge for service in [effective_at, ends_at)
        # payment_failed, payment_succeeded
        pa.field("kind", pa.string(), nullable=False),
        pa.field("account_key", pa.string(), nullable=False),
        pa.field("subscription_id", pa.string()),
        pa.field("version_key", pa.string()),
        pa.field("effective_at", INSTANT, nullable=False),
        pa.field("ends_at", INSTANT),
        pa.field("known_at", INSTANT, nullable=False),
        pa.field("received_at", INSTANT, nullable=False),
        pa.field("status", pa.string()),  # active | trialing | past_due | free (start only)
        pa.field("plan", pa.string()),
        pa.field("billing_interval", pa.string()),  # day | week | month | quarter | year
        pa.field("billing_interval_count", pa.int32()),
        pa.field("quantity", pa.int64()),  # seats
        pa.field("amount_minor", pa.int64()),  # per interval or line, after discount, without tax
        pa.field("mrr_minor", pa.int64()),  # the same per month; base.money.monthly_minor
        pa.field("currency", pa.string()),
        pa.field("attributes", pa.string(), nullable=False),  # JSON object: every further column
        pa.field("source_ref", pa.string()),
        pa.field("batch", pa.int64(), nullable=False),
    ]
)

TABLES = {"event": EVENT, "billing_fact": BILLING_FACT}
PARTITIONS = {"event": ["occurred_month"], "billing_fact": []}
# Statistics name the least and greatest value of a column in the log, for ever: time columns only.
STATISTICS = {
    "event": ["occurred_at", "known_at", "received_at"],
    "billing_fact": ["effective_at", "known_at", "received_at"],
}
