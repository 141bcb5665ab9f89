"""Whether what was said, or what was seen, is what a fix answers. Pure.

What they said comes first: a leaving that gave another reason is not one for this reason, whatever
was seen. Where nothing was said, the likeliest inferred reason counts, unless it is weak.
"""

from collections.abc import Iterable

from tenure.reasons.fix_models import Fix
from tenure.reasons.leavings_with_reasons import LeavingReasons
from tenure.reasons.models import ReasonRecord
from tenure.reasons.taxonomy_parts import OTHER, Taxonomy

SAID, SEEN, STUCK = "said", "seen", "stuck"


def names_it(fix: Fix, record: ReasonRecord, known: Taxonomy) -> bool:
    """Whether this one record, given by somebody, names what the fix answers."""
    if fix.is_of_step:
        return False
    if fix.detail:
        return record.detail == fix.detail and record.code in _codes_of(fix, known)
    if fix.theme:
        return record.theme_id is not None and record.theme_id == fix.theme_row
    if fix.rival:
        return record.rival.casefold() == fix.rival.casefold()
    return record.code == fix.code


def why_it_counts(fix: Fix, leaving: LeavingReasons, known: Taxonomy) -> str:
    """`said` or `seen` where the fix answers this leaving's reason; else empty."""
    said = said_of(leaving)
    if any(names_it(fix, each, known) for each in said):
        return SAID
    if any(each.code != OTHER or each.rival for each in said):
        return ""
    first = leaving.inferred[0] if leaving.inferred else None
    if first is None or first.is_weak or fix.detail or fix.theme or fix.is_of_step:
        return ""
    if fix.rival:
        return SEEN if first.rival.casefold() == fix.rival.casefold() else ""
    return SEEN if first.code == fix.code else ""


def said_of(leaving: LeavingReasons) -> list[ReasonRecord]:
    """What they gave as their reason, whoever asked and however."""
    given: Iterable[ReasonRecord | None] = (
        leaving.interview,
        leaving.survey,
        leaving.followed_up,
        leaving.stated,
    )
    return [each for each in given if each is not None]


def _codes_of(fix: Fix, known: Taxonomy) -> set[str]:
    """The codes that a record of the fix's follow-up option may have: an option may mean another
    reason."""
    option = known.reason(fix.code).option(fix.detail)
    return {fix.code, option.means} if option else {fix.code}
