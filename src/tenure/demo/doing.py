"""What accounts do, mostly unsaid, before they leave; and how often others do it for no reason."""

import numpy as np

from tenure.demo.catalogue import OUTCOMES, ROLES
from tenure.demo.companies import OUTCOME_NAMES
from tenure.demo.journal import PRODUCT, SITE, Happening
from tenure.demo.lived_spans import LivedSpans
from tenure.demo.seasons import DAY_S

STATES_OUTCOME, STATES_ANOTHER = 0.9, 0.15
# event: share of those who give notice that do it, how many days before at most, and how often
# others do it in a month
PRECURSORS = {
    "Auto Renewal Turned Off": (0.10, 40, 0.0008),
    "Export Help Viewed": (0.22, 45, 0.003),
}
# The same in accounts that leave and in those that stay.
UNRELATED = {"Theme Changed": 0.02, "Invoice Template Edited": 0.035, "Shortcut Help Viewed": 0.012}
PATHS = {
    "Export Help Viewed": "/help/export-everything",
    "Shortcut Help Viewed": "/help/keyboard-shortcuts",
}


def leave_marks(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """All of it, in no order."""
    return [
        *_state_outcomes(spans, rng),
        *_hover_cancel_button(spans, rng),
        *_precursors(spans, rng),
        *_only_after_notice(spans, rng),
    ]


def _state_outcomes(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """What the account was bought for, asked at sign-up; some learn later what they wanted."""
    stated = []
    names = list(OUTCOMES)
    block = spans.block
    for account, signup_at in enumerate(block.companies.signup_at):
        asked, differs, other, later, says = rng.random(5)
        true = OUTCOME_NAMES[block.companies.outcome[account]]
        wrong = [name for name in names if name != true][int(other * (len(names) - 1))]
        first = wrong if differs < STATES_ANOTHER else true
        at = int(signup_at) + 90
        if asked < STATES_OUTCOME and spans.is_there(account, at + 600):
            traits: dict[str, object] = {"required_outcome": first}
            stated.append(Happening(PRODUCT, "group", None, account, 0, at, traits))
        if differs < STATES_ANOTHER or (asked > STATES_OUTCOME and says < 0.5):
            moment = spans.working_moment(account, at + int((20 + 160 * later) * DAY_S), rng)
            person = -1 if moment is None else spans.somebody(account, moment, rng)
            if moment is not None and person >= 0:
                role = ROLES[block.crowd.role[account, person]]
                said = {"outcome": true, "role": role, "by": "question in the product"}
                stated.append(
                    Happening(
                        PRODUCT, "track", "Outcome Stated", account, person, moment, dict(said)
                    )
                )
    return stated


def _hover_cancel_button(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Most who give notice rest on the button before; some are only curious."""
    notices = {(each.account, each.notice_at) for each in spans.decisions}
    hovers = []
    for happening in spans.block.journal.happenings:
        if happening.name == "Cancel Page Viewed":
            leads_on = any(
                account == happening.account and 0 <= notice_at - happening.at <= 10 * DAY_S
                for account, notice_at in notices
            )
            if rng.random() < (0.7 if leads_on else 0.25):
                hovers.append((happening.account, happening.person, happening.at + 25))
    for decision in spans.decisions:
        if rng.random() < 0.12 and (when := spans.before(decision, (0.1, 30), rng)):
            hovers.append((decision.account, *when))
    hovers += spans.by_chance(0.0035, rng)
    return [
        Happening(
            PRODUCT, "track", "Cancel Button Hovered", account, person, at,
            {"path": "/billing", "milliseconds": 600 + int(rng.exponential(900))},
        )
        for account, person, at in hovers
    ]  # fmt: skip


def _precursors(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    found = []
    for name, (share, days, per_month) in PRECURSORS.items():
        for decision in spans.decisions:
            if rng.random() < share and (when := spans.before(decision, (1, days), rng)):
                found.append((name, decision.account, *when))
        found += [(name, *each) for each in spans.by_chance(per_month, rng)]
    for name, per_month in UNRELATED.items():
        found += [(name, *each) for each in spans.by_chance(per_month, rng)]
    return [_seen(*each) for each in found]


def _only_after_notice(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """What belongs to going and warns of nothing: it never comes before the notice."""
    found = []
    for decision in spans.decisions:
        if rng.random() > 0.35:
            continue
        at = spans.working_moment(decision.account, decision.notice_at + DAY_S, rng)
        if at is not None and decision.notice_at < at < decision.ends_at - 600:
            person = spans.somebody(decision.account, at, rng)
            if person >= 0:
                found.append(_seen("Farewell Checklist Viewed", decision.account, person, at))
    return found


def _seen(name: str, account: int, person: int, at: int) -> Happening:
    if name in PATHS:
        properties: dict[str, object] = {"path": PATHS[name]}
        return Happening(SITE, "page", name, account, person, at, properties)
    return Happening(PRODUCT, "track", name, account, person, at, {})
