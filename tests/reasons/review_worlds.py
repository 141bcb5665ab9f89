"""Worlds for reviews and for who is worth saving: brought as far as both."""

import json

from django.contrib.auth import get_user_model

from lived_once import lived_once
from reasons.reason_worlds import arrived, at
from signals.signal_worlds import rows_of
from tenure.card.refresh import refresh_cards
from tenure.lake.refresh import refresh
from tenure.reasons.following import follow_reasons
from tenure.reasons.inferring_follow import follow_inferred
from tenure.reasons.inferring_seen import TALKS, Fact
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.models import LeavingReview, ReasonCursor, WorthVerdict
from tenure.reasons.reviews import BEGAN, follow_reviews
from tenure.reasons.reviews_seen import Around, Intent, Said
from tenure.reasons.worth_follow import follow_worth

LONG_AGO = "2020-01-01"
STAYS = """
2026-01-01 08:00  @acme  fact: start  {"plan": "Team", "mrr_minor": 5000}
mon-fri 2026-01-05..2026-05-29 10:00  ada@acme  Invoice Sent
"""
LEAVES = """
2026-06-01 08:00  @acme  fact: notice  {"ends_at": "2026-06-30"}
2026-06-30 08:00  @acme  fact: end
"""


def ran_since(when: str) -> None:
    """Tenure has run here since then."""
    ReasonCursor.objects.update_or_create(name=BEGAN, defaults={"text": at(when).isoformat()})


def looked_at(home, text: str, now: str, *, since: str = LONG_AGO) -> int:
    """What happened, and how many reviews were prepared then."""
    ran_since(since)

    def live() -> int:
        if text.strip():
            arrived(home, text, now)
        return prepared(home, now)

    return lived_once(home, ("looked at", text, now), live)


def prepared(home, now: str, *, again: bool = False) -> int:
    """The same without anything new."""
    refresh(home, at(now))
    follow_reasons(home, at(now))
    follow_inferred(home, at(now))
    return follow_reviews(home, at(now), again=again)


def judged(home, text: str, now: str, *, since: str = LONG_AGO) -> int:
    """The same as far as the verdicts; how many of them are new or changed."""
    looked_at(home, text, now, since=since)
    refresh_cards(home, at(now))
    return follow_worth(home, at(now))


def review(account_id: str = "acme") -> LeavingReview:
    """The one review of an account."""
    (found,) = LeavingReview.objects.filter(account_id=account_id)
    return found


def case(account_id: str = "acme") -> WorthVerdict:
    """The one case of an account."""
    (found,) = WorthVerdict.objects.filter(account_id=account_id)
    return found


def somebody(name: str):
    return get_user_model().objects.get_or_create(username=name)[0]


def drawn(text: str, decided: str, *, began_on: str = "2026-01-01") -> Around:
    """What the lake would tell of the one account of a text around its decision, made without it:
    use is what people did by name, and `Cancel Page Viewed` is a sign of leaving."""
    events, facts = rows_of(text)
    decided_at = at(decided)
    seen = Around(Subject("acme", decided_at, at(began_on).date()))
    for row in events:
        person, when = row["user_id"] or "", row["occurred_at"]
        if row["name"] == "Cancel Page Viewed":
            if when.date() < decided_at.date():
                seen.intents.append(Intent("cancel_page", row["name"], person, when))
        elif row["type"] in ("ticket", "offboard") or row["name"] in TALKS:
            ref = f"{row['source']}/{row['message_id']}"
            said = json.loads(row["properties"])
            seen.said.append(
                Said(row["type"], row["name"], person, when, row["known_at"], said, ref)
            )
        if row["type"] == "track" and when < decided_at:
            week = ((decided_at.date() - when.date()).days - 1) // 7
            seen.use[week] = seen.use.get(week, 0) + (when.date() < decided_at.date())
    for row in facts:
        seen.facts.append(
            Fact(row["kind"], "app/sub_1", row["effective_at"], None, "", row.get("plan", ""), "",
                 None, row.get("mrr_minor"), "EUR", row["fact_key"])
        )  # fmt: skip
    seen.said.sort(key=lambda each: each.at)
    return seen
