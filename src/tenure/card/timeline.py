"""Everything that happened to one account, newest first, a page at a time."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput
from tenure.customers.members import canonical_people, user_ids_of
from tenure.customers.merging import ids_behind
from tenure.kit.sql_file import SqlFile, load

PAGE_ROWS = 50


class Reads(Protocol):
    """What is needed of `lake.reading.Reader`."""

    def rows(self, sql: SqlFile, /, **params: object) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, or one event name on one day.

    `kind` is event, page, ticket, reason, incident, mention, metric, system, movement, or that of a
    billing fact: start, end, notice, pause, resume, invoice_line, payment_failed,
    payment_succeeded. `happened_at` is the last of several events and `first_at` the first; a
    movement stands at the last fact of its day. `reference` is the message id or the fact key,
    unique within `source`; with `person_id` it is what to link to. `details` is what the event or
    fact said beside its columns. Money is in `currency`: `mrr_minor` is per month, of a movement
    what stands after it.
    """

    happened_at: datetime
    kind: str
    title: str
    name: str
    events: int
    people: int
    first_at: datetime
    person_id: str | None
    plan: str | None
    status: str | None
    ends_at: datetime | None
    amount_minor: int | None
    mrr_minor: int | None
    delta_minor: int | None
    currency: str | None
    details: dict[str, Any]
    source: str | None
    source_ref: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some entries, and the cursor of the next page, empty after the last."""

    entries: list[Entry] = field(default_factory=list)
    next: str = ""


def timeline(
    reader: Reads,
    account_id: str,
    *,
    now: datetime,
    before: str = "",
    rows: int = PAGE_ROWS,
) -> TimelinePage:
    """A page of what happened to a canonical account up to `now`, from the cursor `before` on.

    Read it from `reading(home, fresh=True)` to see facts, tickets and the like as soon as they are
    shipped; use of features shows from the next refresh on. identify, group and alias calls are
    not shown. Raises InvalidInput for a cursor that no page gave.
    """
    before_at, before_key = _read_cursor(before) if before else (None, None)
    found = reader.rows(
        load("tenure.card", "timeline"),
        account_id=account_id,
        account_keys=ids_behind("account", account_id),
        user_ids=user_ids_of(account_id),
        now=now,
        before_at=before_at,
        before_key=before_key,
        rows=rows + 1,
    )
    shown = found[:rows]
    has_more = len(found) > rows
    people = canonical_people({row["person_id"] for row in shown if row["person_id"]})
    return TimelinePage(
        [_entry(row, people) for row in shown],
        _cursor(shown[-1]["happened_at"], shown[-1]["key"]) if has_more else "",
    )


def _entry(row: dict[str, Any], people: dict[str, str]) -> Entry:
    row = row | {"person_id": people.get(row["person_id"], row["person_id"])}
    del row["key"]
    details = json.loads(row.pop("details") or "{}")
    name = row.pop("name") or ""
    title = _title(row["kind"], name, row, details)
    return Entry(title=title, name=name, details=details, **row)


def _title(kind: str, name: str, row: dict[str, Any], details: dict[str, Any]) -> str:
    """A few words; amounts, dates and people stand in their own fields."""
    said = next(
        (str(details[key]) for key in ("subject", "title", "reason", "text") if details.get(key)),
        "",
    )
    if kind == "start":
        return _start_title(row, is_change=name == "change")
    words = {
        "movement": {
            "new": _("Started paying"),
            "expansion": _("Pays more"),
            "contraction": _("Pays less"),
            "churn": _("Stopped paying"),
            "reactivation": _("Pays again"),
        },
        "end": _("Subscription ended"),
        "notice": _("Gave notice") if row["ends_at"] else _("Took notice back"),
        "pause": _("Paused"),
        "resume": _("Resumed"),
        "invoice_line": _("Was billed"),
        "payment_failed": _("Payment failed"),
        "payment_succeeded": _("Payment came in"),
        "reason": _("Gave a reason: %(reason)s") % {"reason": said} if said else _("Gave a reason"),
        "ticket": f"{name}: {said}" if name and said else said or name or _("Ticket"),
        "incident": f"{name}: {said}" if name and said else said or name or _("Incident"),
        "mention": said or name or _("Mention"),
    }
    found = words.get(kind)
    if isinstance(found, dict):
        return found.get(name, name)
    return found or name or kind


def _start_title(row: dict[str, Any], *, is_change: bool) -> str:
    plan = row["plan"] or ""
    forms = {
        "trialing": (_("Trial of %(plan)s started"), _("Trial started")),
        "free": (_("%(plan)s started, free of charge"), _("Free plan started")),
        "past_due": (_("%(plan)s: payment overdue"), _("Payment overdue")),
    }
    running = (_("Changed to %(plan)s"), _("Subscription changed"))
    started = (_("%(plan)s started"), _("Subscription started"))
    with_plan, without = forms.get(row["status"], running if is_change else started)
    return with_plan % {"plan": plan} if plan else without


def place_of(at: datetime) -> str:
    """The place in the timeline of what happened before `at`: a cursor for `before`."""
    return _cursor(at, "")


def _cursor(at: datetime, key: str) -> str:
    return urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        at, mark, key = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        if not mark:
            raise ValueError
        return datetime.fromisoformat(at).astimezone(UTC), key
    except ValueError:
        raise InvalidInput(
            f"before={text!r} is not a place in the timeline; leave it out to start at the top",
            field="before",
        ) from None
