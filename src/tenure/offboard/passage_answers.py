"""What somebody answered, read from a form or an app: made clean, or refused with the field.

What comes along with `leave` is read as far as it goes: a bad answer keeps nobody from leaving.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

import msgspec

from tenure.base.errors import InvalidInput
from tenure.offboard.flow_parts import AskedReason, Flow

TEXT_LONGEST, LINE_LONGEST = 2000, 200
KINDS_OF_NOTICE = ("ordinary", "for_cause")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ADDRESS = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,250}")


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the confirmation of the shape `direct` asks, as German law has it; all optional."""

    kind: str = ""  # ordinary | for_cause
    cause: str = ""
    wanted_on: date | None = None  # None: as early as can be
    receipt_to: str = ""


class Answered(Protocol):
    """What was answered before, and how: a Passage."""

    reason: str
    follow_up: str
    next_job: str
    rival: str
    text: str


def read_answers(
    passage: Answered, flow: Flow, values: Mapping[str, str], *, is_strict: bool = True
) -> dict[str, str]:
    """The answers that hold now, by the field of the passage.

    What was not sent stays as it was; another reason takes the follow-up of the first with it.
    Raises InvalidInput naming the field, unless `is_strict` is false: then what cannot be read is
    left out, and what is too long is cut.
    """
    reason = _among(
        values, "reason", [each.code for each in flow.why.reasons], passage.reason, is_strict
    )
    asked = next((each for each in flow.why.reasons if each.code == reason), None)
    held = passage.follow_up if reason == passage.reason else ""
    return {
        "reason": reason,
        "follow_up": _follow_up(values, asked, held, is_strict),
        "next_job": _among(
            values, "next_job", [code for code, _ in flow.left.next_jobs], passage.next_job,
            is_strict,
        ),
        "rival": _words(values, "rival", LINE_LONGEST, passage.rival, is_strict),
        "text": _words(values, "text", TEXT_LONGEST, passage.text, is_strict),
    }  # fmt: skip


def read_notice(values: Mapping[str, str]) -> Notice:
    """The notice as somebody words it.

    Raises InvalidInput for a date or an address that cannot be read: to guess at either would end
    a contract on a day that nobody meant. Both may be left empty.
    """
    kind = values.get("notice_kind", "")
    return Notice(
        kind=kind if kind in KINDS_OF_NOTICE else "",
        cause=_words(values, "notice_cause", TEXT_LONGEST, "", is_strict=False),
        wanted_on=_day(values.get("wanted_on", "")),
        receipt_to=_address(values.get("receipt_to", "")),
    )


def read_slot(values: Mapping[str, str], field: str) -> str:
    """The free time that was chosen, in ISO; empty when none was. Raises InvalidInput."""
    said = values.get(field) or values.get("slot", "")
    if not said:
        return ""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput(
            f"{field} is {said[:40]!r}, which is no time with its zone; choose one of the list",
            field=field,
        )
    return at.isoformat()


def _follow_up(
    values: Mapping[str, str], asked: AskedReason | None, held: str, is_strict: bool
) -> str:
    """A form sends `follow_up.<reason>` for every reason chosen on the way; one of them counts."""
    if asked is None or asked.follow_up is None:
        return ""
    own = f"follow_up.{asked.code}"
    field = own if own in values else "follow_up"
    codes = [code for code, _ in asked.follow_up.options]
    return _among(values, field, codes, held, is_strict)


def _among(
    values: Mapping[str, str], field: str, known: list[str], held: str, is_strict: bool
) -> str:
    if field not in values:
        return held if held in known else ""
    value = values[field]
    if value in known or value == "":
        return value
    if is_strict:
        raise InvalidInput(
            f"{field} is {value[:60]!r}, which is none of {', '.join(known)}", field=field
        )
    return held


def _words(values: Mapping[str, str], field: str, longest: int, held: str, is_strict: bool) -> str:
    if field not in values:
        return held
    text = _UNSEEN.sub("", values[field].replace("\r\n", "\n")).strip()
    if len(text) > longest and is_strict:
        raise InvalidInput(
            f"{field} has {len(text)} characters; write at most {longest}", field=field
        )
    return text[:longest]


def _day(said: str) -> date | None:
    text = said.strip()
    if not text:
        return None
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  a day, not an instant
        except ValueError:
            continue
    raise InvalidInput(
        f"wanted_on is {said[:40]!r}; write a day as 2026-03-31, or leave it empty",
        field="wanted_on",
    )


def _address(said: str) -> str:
    text = said.strip()
    if text and not _ADDRESS.fullmatch(text):
        raise InvalidInput(
            f"receipt_to is {said[:60]!r}, which is no mail address; mend it, or leave it empty",
            field="receipt_to",
        )
    return text
