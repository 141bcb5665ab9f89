"""What an account, and each role in it, bought us for: stated by an event, and read back.

`docs/product.md`, "Required outcomes", says how the tracking API and an import state one.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.card.product import product
from tenure.card.product_file import ROLES
from tenure.card.product_parts import Product
from tenure.card.timeline import Reads
from tenure.customers.models import Account
from tenure.kit.sql_file import load
from tenure.lake.recording import record

STATED = "Outcome Stated"
OUTCOME_LENGTH, TEXT_LENGTH = 200, 2000


@dataclass(frozen=True, slots=True)
class OutcomeSaid:
    """One version of what an account (empty `role`) or a role wants; empty `outcome`: nothing more.

    `title` is that of the declared outcome, else what was said. `is_current` holds for the last
    statement of each role, `is_change` where it differs from the one before.
    """

    outcome: str
    title: str
    role: str
    said_by: str
    text: str
    via: str  # event | group | identify
    occurred_at: datetime
    person_id: str | None
    source_ref: str | None
    is_current: bool
    is_change: bool


def state_outcome(
    home: Home,
    account_id: str,
    outcome: str,
    *,
    role: str = "",
    by: str,
    text: str = "",
    now: datetime,
) -> str:
    """The outcome as it was recorded: the declared name, where the words mean one.

    An empty outcome takes back what was stated for the role. Raises NotFound for an account that is
    not known, InvalidInput for a role that is none or words that are too long.
    """
    account = Account.objects.filter(account_id=account_id).first()
    if account is None:
        raise NotFound(f"there is no account {account_id!r}")
    if role and role not in ROLES:
        raise InvalidInput(
            f"role: {role!r} is none of {', '.join(ROLES)}; leave it empty for the whole account",
            field="role",
        )
    for field, value, most in (("outcome", outcome, OUTCOME_LENGTH), ("text", text, TEXT_LENGTH)):
        if len(value) > most:
            raise InvalidInput(f"{field}: at most {most} characters, not {len(value)}", field=field)
    meant = product().outcome_called(outcome)
    named = meant.name if meant else outcome.strip()
    properties = {"outcome": named, "role": role, "by": by, "text": text.strip()}
    record(
        home,
        settings.DATABASE_URL,
        [
            {
                "message_id": digest(account_id, *properties.values(), now.isoformat()),
                "type": "system",
                "name": STATED,
                "occurred_at": now,
                "account_key": account.merged_into or account_id,
                "properties": json.dumps(properties, ensure_ascii=False),
            }
        ],
        now,
    )
    return named


def outcome_history(reader: Reads, account_id: str) -> list[OutcomeSaid]:
    """Every statement about an account, the newest first."""
    rows = reader.rows(load("tenure.card", "outcome_said"), account_id=account_id)
    return versions_of(rows, product())


def versions_of(rows: Iterable[dict[str, Any]], declared: Product) -> list[OutcomeSaid]:
    """The rows of `outcome_said` of one account as versions, the newest first."""
    role_meant = {value: role.name for role in declared.roles for value in role.values}
    ordered = sorted(rows, key=lambda row: (row["occurred_at"], row["message_id"], row["source"]))
    last: dict[str, str] = {}
    versions: list[dict[str, Any]] = []
    for row in ordered:
        role = role_meant.get(row["role"], row["role"])
        meant = declared.outcome_called(row["outcome"])
        outcome = meant.name if meant else row["outcome"]
        versions.append(
            {
                "outcome": outcome,
                "title": meant.title if meant else outcome,
                "role": role,
                "is_change": last.get(role, "") != outcome,
            }
        )
        last[role] = outcome
    current: set[str] = set()
    said = []
    for row, version in zip(reversed(ordered), reversed(versions), strict=True):
        said.append(
            OutcomeSaid(
                **version,
                said_by=row["said_by"],
                text=row["text"],
                via=row["via"],
                occurred_at=row["occurred_at"],
                person_id=row["person_id"],
                source_ref=row["source_ref"],
                is_current=version["role"] not in current,
            )
        )
        current.add(version["role"])
    return said
