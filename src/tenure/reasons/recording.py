"""A reason that somebody gave: recorded as an event, and kept as records that stay.

`reason_row(...)` is the event, for whoever records others with it (the cancel flow);
`note_reason(...)` records it at once (a survey, an interview). The worker folds them, together with
those of imports, into `ReasonRecord`: see `following.py`.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record

TYPE, NAME, TAKEN_BACK = "reason", "Reason Given", "Reason Withdrawn"
TEST = " (test)"  # of the name: nothing that counts events or selects accounts meets a test

STATED, FOLLOWED_UP, INFERRED = "stated", "followed_up", "inferred"
SURVEY, INTERVIEW = "survey", "interview"
SOURCES = (STATED, FOLLOWED_UP, INFERRED, SURVEY, INTERVIEW)
GIVEN = (STATED, SURVEY, INTERVIEW)  # what an event may say
TEXT_MOST = 5000  # characters; as Stripe's `cancellation_details.comment`
EARLIER_MOST = 100
WITHDRAWN = "withdrawn"  # in place of a record that another one would name
_ANONYMOUS = "anon:"


@dataclass(frozen=True, slots=True)
class GivenReason:
    """What somebody said. Empty is what was not said; `is_required`: an answer was demanded."""

    reason: str = ""  # code of the taxonomy, or what `system` calls it
    follow_up: str = ""  # code of the follow-up's option
    next_job: str = ""
    rival: str = ""
    text: str = ""
    source: str = STATED
    system: str = ""  # stripe, chargebee, google_play, churnkey; empty: the taxonomy's own codes
    is_required: bool | None = None
    by: str = ""  # who noted it, of an interview

    @property
    def is_empty(self) -> bool:
        """Nothing was said that could be kept."""
        return not (self.reason or self.follow_up or self.next_job or self.rival or self.text)


def reason_row(
    account_id: str,
    given: GivenReason,
    at: datetime,
    *,
    visit_id: str = "",
    subscription_id: str = "",
    person_id: str = "",
    mode: str = "live",
) -> dict[str, object]:
    """The event for the inbox. The same words in the same visit are the same event.

    Other words in that visit are another one, which takes the place of the first when both are
    known. Raises InvalidInput for a source that no event may have, and for a text that is too long.
    """  # fmt: skip
    if given.source not in GIVEN:
        raise InvalidInput(f"source is {given.source!r}; use {', '.join(GIVEN)}", field="source")
    if len(given.text) > TEXT_MOST:
        raise InvalidInput(
            f"text has {len(given.text)} characters; shorten it to {TEXT_MOST}", field="text"
        )
    is_anonymous = person_id.startswith(_ANONYMOUS)
    said = {
        "visit": visit_id,
        "mode": mode,
        "subscription_id": subscription_id,
        "source": given.source,
        "reason": given.reason,
        "follow_up": given.follow_up,
        "next_job": given.next_job,
        "rival": given.rival,
        "text": given.text,
        "system": given.system,
        "is_required": given.is_required,
        "by": given.by,
    }
    words = json.dumps({key: said[key] for key in sorted(said)}, ensure_ascii=False)
    when = "" if visit_id else at.isoformat()
    return {
        "message_id": digest(TYPE, account_id, visit_id, words, when),
        "type": TYPE,
        "name": NAME + TEST if mode == "test" else NAME,
        "occurred_at": at,
        "account_key": account_id or None,
        "user_id": None if is_anonymous else person_id or None,
        "anonymous_id": person_id.removeprefix(_ANONYMOUS) if is_anonymous else None,
        "properties": json.dumps(
            {key: value for key, value in said.items() if value not in ("", None)},
            ensure_ascii=False,
        ),
    }


def withdrawn_row(
    account_id: str, talk_key: str, at: datetime, mode: str = "live"
) -> dict[str, object]:
    """The event that a talk says no reason any more, in place of what it said (`in_place_of`)."""
    said = {"mode": mode, "source": INTERVIEW, "is_withdrawn": True}
    return {
        "message_id": digest(TAKEN_BACK, talk_key, at.isoformat()),
        "type": TYPE,
        "name": TAKEN_BACK + TEST if mode == "test" else TAKEN_BACK,
        "occurred_at": at,
        "account_key": account_id,
        "properties": json.dumps(said),
    }


def without_words(row: dict[str, object]) -> None:
    """Let what was told before lose its words: they may be kept no more."""
    said = json.loads(str(row["properties"])) | {"takes_words_back": True}
    row["properties"] = json.dumps(said, ensure_ascii=False)


def in_place_of(row: dict[str, object], told: str) -> str:
    """What has been told with this row: the ids of `told`, parted by spaces, and its own.

    It takes the place of all of them: of several corrections that are shipped together, only the
    last is seen.
    """
    earlier = told.split()[-EARLIER_MOST:]
    if earlier:
        row["corrects"] = earlier[-1]
        said = json.loads(str(row["properties"])) | {"earlier": " ".join(earlier)}
        row["properties"] = json.dumps(said, ensure_ascii=False)
    return " ".join([*earlier, str(row["message_id"])])


def note_reason(
    home: Home,
    database_url: str,
    account_id: str,
    given: GivenReason,
    now: datetime,
    *,
    visit_id: str = "",
    subscription_id: str = "",
    person_id: str = "",
    mode: str = "live",
) -> str:
    """The id of the event that now is on disk; empty when nothing was said.

    State follows with the next `follow_reasons`. Raises as `reason_row` does.
    """  # fmt: skip
    if given.is_empty:
        return ""
    row = reason_row(
        account_id, given, now, visit_id=visit_id, subscription_id=subscription_id,
        person_id=person_id, mode=mode,
    )  # fmt: skip
    record(home, database_url, [row], now)
    return str(row["message_id"])
