"""Who left for what a fix has mended comes into a play, and what its mails say of that.

    win_back(home, play, fix_of("f_7"), now) -> WonBack

A fix has to be truly mended for the account (`reasons/fixes_mended.py`), whoever said no is left in
peace, and a play that is `opt_in` writes only to people who said that they want to hear of it.
"""

from dataclasses import dataclass
from datetime import datetime

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.customers.merging import ids_behind
from tenure.plays.enrolling import Candidate, enrol_all
from tenure.plays.parts import ACCOUNT, Play
from tenure.plays.subjects import Who
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes_asked import fix_told
from tenure.reasons.fixes_matching import names_it
from tenure.reasons.models import ReasonRecord
from tenure.reasons.recording import FOLLOWED_UP, GIVEN
from tenure.reasons.taxonomy import taxonomy
from tenure.reasons.worth_refusals import said_no

NAMES = ("title", "shipped_on", "you_said")
MENDED = ("mended", "need_met")  # as `Mended.is_mended` has it
_BECAUSE = "fix: "
_QUOTED_MOST = 200


@dataclass(frozen=True, slots=True)
class WonBack:
    """How many left for it; of those, who said no, for whom it is not mended, who came in."""

    left: int
    said_no: int
    not_mended: int
    entered: int


def win_back(home: Home, play: Play, fix: Fix, now: datetime) -> WonBack:
    """Brings in whoever left for what the fix answers; each once for each fix.

    Raises InvalidInput for a play that takes nobody by hand, or is over people.
    """
    if not play.entry.is_manual or play.over != ACCOUNT:
        raise InvalidInput(
            f"{play.name} is not entered by hand; state entry.manual = true over account",
            field="play",
        )
    told = fix_told(home, fix, now)
    left = [each.account_id for each in told.left]
    refused = {account_id for account_id in left if said_no(account_id)}
    ready = [
        account_id
        for account_id in left
        if account_id not in refused and told.mended.get(account_id, "") in MENDED
    ]
    candidates = [
        Candidate(Who(ACCOUNT, id, id), f"fix/{fix.key}", f"{_BECAUSE}{fix.key}", now)
        for id in ready
    ]
    entered = enrol_all(home, play, candidates, now)
    return WonBack(len(left), len(refused), len(left) - len(refused) - len(ready), entered)


def fix_words(because: str, account_id: str, person_id: str = "") -> dict[str, object]:
    """What mails may say of the fix for which an account was brought in; nulls where none was, and
    of one that was taken back since. To a person only their own words are quoted.
    """
    fix = None
    if because.startswith(_BECAUSE):
        in_force = Fix.objects.filter(withdrawn_on=None).exclude(shipped_on=None)
        fix = in_force.filter(key=because.removeprefix(_BECAUSE)).first()
    if fix is None:
        return dict.fromkeys(NAMES)
    known = taxonomy()
    given = ReasonRecord.objects.filter(
        account_id=account_id, mode="live", superseded_by="", source__in=(*GIVEN, FOLLOWED_UP)
    ).exclude(text="")
    if person_id:
        given = given.filter(user_id__in=ids_behind("person", person_id))
    named = [
        each
        for each in given.order_by("-said_at")
        # The words may stand with the reason, and the answer that narrows it beside them.
        if names_it(fix, each, known) or (fix.code and each.code == fix.code)
    ]
    said = " ".join(named[0].text.split()) if named else ""
    return {
        "title": fix.title,
        "shipped_on": fix.shipped_on,
        # A part of what somebody said is easily something else.
        "you_said": said if 0 < len(said) <= _QUOTED_MOST else None,
    }
