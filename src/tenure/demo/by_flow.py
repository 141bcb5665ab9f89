"""Who wants to leave comes to the cancel flow: the same passage and the same choice of offers as
everybody's, and what follows from it in the life of the account.

    leaves          notice is given, for the end of the period
    accepts         the contract changes as it was agreed; help goes on working
    accepts, leaves what was accepted first, and some days later notice all the same
    closes it       and comes back within days, if it leaves anyway
    stays           nothing follows
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tenure.card.card_of import Card
from tenure.demo.afterwards import LASTS
from tenure.demo.agreed import agree
from tenure.demo.answering import Answering, effect_of, leaves, with_shift
from tenure.demo.block import Block
from tenure.demo.card_then import card_then, day_of, shown_of_card
from tenure.demo.companies import LANGUAGE_TAGS, OUTCOME_NAMES
from tenure.demo.contracts import Contract
from tenure.demo.giving_notice import go_from, moment_of_notice, view_cancel_page
from tenure.demo.leavers import Leaver
from tenure.demo.passing import ZONE, Passing, WhoStands, go_through
from tenure.demo.promises import promise_on
from tenure.demo.said_at_way_out import say
from tenure.demo.seasons import DAY_S
from tenure.demo.standing import Phase
from tenure.demo.treatments import TREATMENTS
from tenure.demo.way_out import ACCOUNTS_MOST, LivedVisit, WayOut
from tenure.offboard.facts import Facts
from tenure.offboard.facts_known import facts_of
from tenure.offboard.flow import language_of
from tenure.offboard.jurisdictions import shape_of
from tenure.offboard.passage import Ask, Passage, Shown, begin
from tenure.offers.kinds import PRICE_CUTS
from tenure.proof.assignment import Arm, assign

EXPERIMENT = "cancel_flow"
KEY_ID = "fernhill"
STEP_S = 40  # from screen to screen
ROOM_S = 4 * 3600  # before the renewal, so that somebody who hesitates can come again
PASSES_SHARE = 0.9  # of those who want to leave; the others write, and never see the page
HELPS_FOR = 400 * DAY_S


@dataclass(frozen=True, slots=True)
class Decision:
    """What decides: the chance of leaving, the luck below which it leaves, and why in truth."""

    chance: float
    luck: float
    cause: str


@dataclass(frozen=True, slots=True)
class _Opening:
    """Everything that a visit begins with."""

    ask: Ask
    card: Card
    facts: Facts
    language: str
    now: datetime
    is_repeat: bool


def eased(block: Block, account: int, at: int, chance: float) -> float:
    """The chance of leaving, with the help that was accepted before."""
    shift = block.way_out.shift(account, at) if block.way_out is not None else 0.0
    return with_shift(chance, shift) if shift else chance


def comes_by_flow(block: Block, contract: Contract, at: int, decision: Decision) -> bool:
    """Whether the account goes through the flow; then all that follows from it is done."""
    way, account = block.way_out, contract.account
    if way is None or at < way.opens_at:
        return False
    if block.companies.numbers[account] >= ACCOUNTS_MOST or way.rng.random() > PASSES_SHARE:
        return False
    noticed_at = min(moment_of_notice(block, contract, at), contract.renews_at - ROOM_S)
    speaker = block.crowd.speaker(account, noticed_at - 400)
    if speaker < 0 or noticed_at < contract.changed_at + 900:
        return False
    leaver = _leaver(block, contract, decision, way)
    view_cancel_page(block, account, speaker, noticed_at - 6 * STEP_S)
    _visit(block, contract, leaver, decision.cause, noticed_at, is_first=True)
    return True


def come_again(block: Block, account: int, token: int, at: int) -> None:
    """Somebody who closed the window, or accepted something and leaves all the same, is back."""
    way, contract = block.way_out, block.contracts[account]
    assert way is not None
    leaver, cause = way.expected[token]
    is_there = contract is not None and block.standing.phase[account] == Phase.PAYING
    if not is_there or contract is None or contract.notice_at is not None:
        return
    if block.crowd.speaker(account, at - 400) < 0 or at >= contract.renews_at - 60:
        return
    _visit(block, contract, leaver, cause, at, is_first=False)


def note_return(block: Block, contract: Contract, at: int) -> None:
    """Who gave notice in the flow takes it back by the link of the receipt."""
    way = block.way_out
    if way is None:
        return
    account_id, noticed_at = block.companies.key(contract.account), contract.notice_at
    for place, visit in enumerate(way.visits):
        if visit.account_id == account_id and visit.at.timestamp() == noticed_at:
            way.visits[place] = replace(visit, returned_at=datetime.fromtimestamp(at, UTC))


def _visit(
    block: Block, contract: Contract, leaver: Leaver, cause: str, at: int, *, is_first: bool
) -> None:
    """One visit that ends at `at`, noted, and what follows from it."""
    way, account = block.way_out, contract.account
    assert way is not None
    opening = _opened(block, contract, way, leaver, at)
    arm = assign(EXPERIMENT, leaver.account_id, way.offering.flow.hold_out_share, way.salt)
    begun = _begun(way, opening, arm)
    answering = Answering(leaver, is_first)
    who = WhoStands(opening.card, opening.now, way.history(account, opening.card.today))
    passing = go_through(begun, way.offering, answering, who)
    other = Arm("treated" if arm.name == "hold_out" else "hold_out", 1 - arm.share)
    twin = go_through(_begun(way, opening, other), way.offering, answering, who)
    treated = passing if arm.name == "treated" else twin
    if passing.passage.offers_seen:
        way.note_seen(account, contract.number, opening.now)
    done_at: dict[int, datetime | None] = {}
    if passing.accepted is not None:
        way.note_given(account, passing.accepted, passing.visit_id, opening.card.today)
        done_at = promise_on(block, way, account, passing.accepted, at)
    way.visits.append(
        LivedVisit(
            account_id=leaver.account_id,
            ask=opening.ask,
            begun=begun,
            passing=passing,
            facts=opening.facts,
            card=opening.card.values,
            today=opening.card.today,
            at=opening.now,
            arm=arm,
            next_job=leaver.next_job if passing.outcome == "canceled" else "",
            done_at=done_at,
            leaves_alone=leaver.leaves_alone,
            leaves_treated=leaves(leaver, treated.passage),
        )
    )
    _follow(block, contract, leaver, cause, passing, at)


def _follow(
    block: Block, contract: Contract, leaver: Leaver, cause: str, passing: Passing, at: int
) -> None:
    """What a visit leads to."""
    way, account = block.way_out, contract.account
    assert way is not None
    block.crowd.busy_until[account] = at + 60
    if passing.outcome == "canceled":
        contract.stated = passing.passage.reason or None
        # What was agreed to begin with the next bill has begun when it ends.
        has_ahead = contract.ahead is not None or contract.rests_until_at is not None
        go_from(block, contract, at, contract.renews_at + has_ahead, cause)
    elif passing.accepted is not None:
        agree(block, contract, passing.accepted, passing.visit_id, at)
        if leaves(leaver, passing.passage):
            _expect(block, contract, leaver, cause, at + int((1 + 9 * leaver.draws[21]) * DAY_S))
        else:
            _help(block, way, contract, leaver, passing.accepted, at)
    elif leaver.leaves_alone and not passing.passage.offers_seen:
        _expect(block, contract, leaver, cause, at + int((1 + 4 * leaver.draws[20]) * DAY_S))


def _expect(block: Block, contract: Contract, leaver: Leaver, cause: str, at: int) -> None:
    """They come again, before the next bill at the latest."""
    way = block.way_out
    assert way is not None
    latest = contract.renews_at - ROOM_S // 2
    day = min(block.calendar.day_of(at), block.calendar.weeks * 7 - 1)  # no life after the plan
    moment = block.working_time(contract.account, day)
    earliest = int(block.crowd.busy_until[contract.account]) + 1800
    way.expected.append((leaver, cause))
    block.plan_ahead(
        max(earliest, min(moment, latest)), contract.account, "come_again", len(way.expected) - 1
    )


def _help(
    block: Block, way: WayOut, contract: Contract, leaver: Leaver, shown: Shown, at: int
) -> None:
    """What helps goes on helping; a lower price does as long as it runs."""
    effect, account = effect_of(leaver, shown), contract.account
    if shown.kind in PRICE_CUTS:
        until = contract.discount_ends_at or contract.free_until_at or at + 30 * DAY_S
        way.helped[account] = (effect, until)
    elif shown.kind in LASTS:
        way.helped[account] = (LASTS[shown.kind] * effect, at + HELPS_FOR)


def _leaver(block: Block, contract: Contract, decision: Decision, way: WayOut) -> Leaver:
    """Who comes, as `answering.py` wants to know it."""
    companies, account = block.companies, contract.account
    language = _language(block, account, way)
    said = say(decision.cause, language, way.offering.flow, block.rules, way.rng)
    renews_on = day_of(contract.renews_at)
    return Leaver(
        account_id=companies.key(account),
        day=0,
        chance=decision.chance,
        luck=decision.luck,
        effects=dict(zip(TREATMENTS, map(float, block.truth.effects[account]), strict=True)),
        reason=said.reason,
        follow_up=said.follow_up,
        draws=way.rng.random(24),
        country=companies.country_code(account),
        seats=contract.seats,
        plan=contract.plan,
        is_annual=contract.interval == "year",
        currency=contract.currency,
        period_left_days=(renews_on - day_of(contract.changed_at)).days,
        is_asleep=bool(companies.is_asleep[account]),
        is_seasonal=bool(companies.seasonality[account]),
        has_first_value=bool(block.standing.had_first_value[account]),
        outcome=OUTCOME_NAMES[int(companies.outcome[account])],
        text=said.text,
        next_job=said.next_job,
    )


def _opened(block: Block, contract: Contract, way: WayOut, leaver: Leaver, at: int) -> _Opening:
    """What is known of the account at the moment of the visit."""
    account, product = contract.account, way.offering.product
    now, today = datetime.fromtimestamp(at, UTC), day_of(at)
    values = card_then(block, contract, product, today)
    name, _ = block.companies.name_and_domain(account)
    speaker = block.crowd.speaker(account, at - 400)
    key = leaver.account_id
    ask = Ask(
        account=key,
        subscription=f"{key}-s{contract.number}",
        mode="live",
        exp=int((now + timedelta(hours=1)).timestamp()),
        nonce=f"{key}-s{contract.number}-{at}",
        key_id=KEY_ID,
        person=f"{key}-p{speaker + 1:02d}",
        country=leaver.country,
        is_consumer=False,
        locale=LANGUAGE_TAGS.get(leaver.country, ""),
    )
    facts = facts_of(shown_of_card(values), product, today=today, time_zone=ZONE, name=name)
    is_repeat = way.was_here(account, contract.number, now)
    language = _language(block, account, way)
    return _Opening(ask, Card(key, values, None, today), facts, language, now, is_repeat)


def _begun(way: WayOut, opening: _Opening, arm: Arm) -> Passage:
    return begin(
        opening.ask,
        way.offering.flow,
        opening.facts,
        visit_id=opening.ask.visit_id,
        shape=shape_of(opening.ask.country, False).name,
        arm=arm.name,
        share=arm.share,
        language=opening.language,
        now=opening.now - timedelta(seconds=5 * STEP_S),
        is_repeat=opening.is_repeat,
    )


def _language(block: Block, account: int, way: WayOut) -> str:
    tag = LANGUAGE_TAGS.get(block.companies.country_code(account))
    return language_of(way.offering.flow, tag)
