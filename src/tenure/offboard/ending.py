"""The end of a visit: what a step decided, written to state once, with what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import transaction

from tenure.offboard.deciding import Known
from tenure.offboard.event import Whose
from tenure.offboard.facts import Facts
from tenure.offboard.flow_parts import DIRECT, NOW, Flow
from tenure.offboard.models import VisitOutcome
from tenure.offboard.outcomes import RETURN, accept_offer, come_back, leave, outcomes_of
from tenure.offboard.passage import ACCEPTED, BACK, Passage, Shown, Step
from tenure.offboard.screens import Screen
from tenure.offboard.screens_made import screen_of
from tenure.offers.accepting import accept
from tenure.saves.models import Kind, Save

FOR_CAUSE = "for_cause"


def settle(  # noqa: PLR0913
    before: Passage, after: Passage, flow: Flow, known: Known, step: Step, now: datetime
) -> VisitOutcome:
    """What the step from `before` to `after` decided; what was decided before, where it was.

    Raises Conflict where it cannot be decided any more.
    """
    whose = Whose(
        after.visit_id, known.account_id, after.ask.subscription, after.ask.person, after.ask.mode
    )
    seen = screen_of(before, flow, known.facts)
    fields = _fields(after, known.facts, seen)
    # What the page says that it can do counts where the host signed for it, and nowhere else.
    host_acts = frozenset(step.acts) & frozenset(after.ask.host_acts)
    if after.screen == ACCEPTED:
        granting = _Granting(now, _time_taken(after, known.facts, step), host_acts)
        return _accept(after, whose, granting, fields)
    if after.screen == BACK:
        return _return(after, whose, fields, _Granting(now, None, host_acts))
    ends_on = _ends_on(after, flow, known.facts)
    is_now = flow.confirm.effective == NOW
    fields |= {
        "ends_on": ends_on,
        "told": {**fields["told"], "effective": flow.confirm.effective, **_noticed(after)},
    }
    values = {"ends_on": ends_on.isoformat() if ends_on and not is_now else None}
    values |= _noticed(after)
    return leave(whose, values, is_now=is_now, fields=fields, now=now, host_acts=host_acts)


@dataclass(frozen=True, slots=True)
class _Granting:
    """When something is granted, the free time that was taken with it, and who makes it."""

    now: datetime
    time_at: datetime | None
    host_acts: frozenset[str]


def _accept(
    passage: Passage, whose: Whose, granting: _Granting, fields: dict[str, Any]
) -> VisitOutcome:
    shown = next(each for each in passage.shown if each.name == passage.chosen)
    fields["told"] |= {"offer_kind": shown.kind, "terms": shown.terms, "words": _words(shown)}
    return accept_offer(
        whose, shown.name, lambda: _grant(shown, whose, passage, granting), fields, granting.now
    )


def _return(
    passage: Passage, whose: Whose, fields: dict[str, Any], granting: _Granting
) -> VisitOutcome:
    """They come back; with an offer, where the law lets one be made only after leaving."""
    with transaction.atomic():
        is_first = RETURN not in outcomes_of(whose.visit_id)
        made = come_back(whose, fields, granting.now, granting.host_acts)
        if is_first and passage.chosen and passage.shape == DIRECT:
            shown = next(each for each in passage.shown if each.name == passage.chosen)
            # Two changes at once are not for a page: billing makes the second.
            _grant(shown, whose, passage, replace(granting, host_acts=frozenset()))
            # What is given after notice makes it a return with terms, and never a save.
            Save.objects.filter(visit_id=whose.visit_id, kind=Kind.SAVE).update(
                superseded_by=f"return:{whose.visit_id}"
            )
            made.offer = shown.name
            made.told = {**made.told, "offer_kind": shown.kind, "terms": shown.terms}
            made.save(update_fields=["offer", "told"])
    return made


def _grant(shown: Shown, whose: Whose, passage: Passage, granting: _Granting) -> str:
    """What an accepted offer brings about; the key of its change of billing, or ""."""
    made = accept(
        shown,
        visit_id=whose.visit_id,
        account_id=whose.account_id,
        subscription_id=whose.subscription_id,
        person_id=whose.person_id,
        mode=whose.mode,
        now=granting.now,
        reason=passage.reason,
        language=passage.language,
        time_at=granting.time_at,
        host_acts=granting.host_acts,
    )
    return made.change.key if made.change is not None else ""


def _time_taken(passage: Passage, facts: Facts, step: Step) -> datetime | None:
    """The adviser's free time that was chosen with the offer, while it is still free."""
    said = step.values.get(f"slot.{passage.chosen}", "")
    return next(
        (each.starts_at for each in facts.slots if each.starts_at.isoformat() == said), None
    )


def _fields(passage: Passage, facts: Facts, seen: Screen) -> dict[str, Any]:
    """What the row of an outcome says beside: what was on the screen, for the receipt."""
    return {
        "language": passage.language,
        "email": passage.notice.receipt_to,
        "said": {"screen": msgspec.to_builtins(seen), "flow_digest": passage.flow_digest},
        "told": {
            "seq": passage.seq,
            "reason": passage.reason,
            "follow_up": passage.follow_up,
            "choice": passage.chosen_for or "",
        },
    }


def _ends_on(passage: Passage, flow: Flow, facts: Facts) -> date | None:
    """The first day without the subscription, as far as it is known before billing says so."""
    if flow.confirm.effective == NOW:
        return facts.today
    wanted_on = passage.notice.wanted_on
    if wanted_on is not None and wanted_on > facts.today:
        return wanted_on
    return facts.ends_on or facts.period_ends_on or facts.trial_ends_on


def _noticed(passage: Passage) -> dict[str, Any]:
    """The notice in the words of who gave it, for whoever carries it out."""
    notice = passage.notice
    return {
        name: value
        for name, value in (
            ("notice_kind", notice.kind),
            ("notice_cause", notice.cause),
            ("wanted_on", notice.wanted_on.isoformat() if notice.wanted_on else ""),
        )
        if value
    }


def _words(shown: Shown) -> Mapping[str, str]:
    return {name: getattr(shown, name) for name in ("title", "text", "accept", "terms_text")}
