"""How an account begins: sign-up, colleagues, trial or free plan, becoming a payer or not."""

from tenure.demo.block import Block
from tenure.demo.catalogue import FEATURES, FREE, PLANS, TEAM, TRIAL_DAYS, least_plan
from tenure.demo.contracts import Contract, after_months, note_end, note_version
from tenure.demo.journal import PRODUCT, Happening
from tenure.demo.renewals import charge, plan_next_renewal
from tenure.demo.seasons import DAY_S
from tenure.demo.standing import Phase
from tenure.demo.truth import Leaving

BASICS = 2  # features that every account meets on its first day


def sign_up(block: Block, account: int, at: int) -> None:
    """The first person arrives; a trial begins, or the free plan."""
    companies, crowd, journal = block.companies, block.crowd, block.journal
    standing = block.standing
    standing.arrive(account, at, block.week_ends_at)
    slot = crowd.join(journal, account, at)
    crowd.champion[account] = slot
    journal.happenings.append(
        Happening(PRODUCT, "group", None, account, slot, at + 2, companies.traits(account))
    )
    journal.track("Signed Up", account, slot, at + 3, type="organic")
    name, _ = companies.name_and_domain(account)
    journal.track("Account Created", account, slot, at + 4, account_name=name)
    standing.adopted[account, :BASICS] = True
    standing.active_people[account] = 1.0
    for hours in (5, 50):
        if block.rng.random() < 0.62:
            block.plan_ahead(
                at + int(hours * 3600 * block.rng.uniform(0.4, 1.6)), account, "invite"
            )

    is_free = bool(companies.starts_free[account])
    open_contract(block, account, at, "free" if is_free else "trialing")
    standing.phase[account] = Phase.FREE if is_free else Phase.TRIAL
    if not is_free:
        ends_at = at + TRIAL_DAYS * DAY_S
        block.plan_ahead(ends_at, account, "trial_end", block.subscriptions[account])
        journal.track(
            "Trial Started",
            account,
            slot,
            at + 60,
            trial_plan_name=PLANS[TEAM].name,
            trial_end_date=block.calendar.date_of(ends_at).isoformat(),
        )


def open_contract(block: Block, account: int, at: int, status: str) -> Contract:
    """A new subscription, on trial or free; a payer's terms are set by `begin_paying`."""
    block.subscriptions[account] += 1
    plan = FREE if status == "free" else TEAM
    contract = Contract(
        account=account,
        number=block.subscriptions[account],
        currency=block.companies.currency(account),
        status=status,
        plan=plan,
        seats=PLANS[plan].seats_min,
        interval="month",
        started_at=at,
        changed_at=at,
    )
    block.contracts[account] = contract
    note_version(block.journal, contract, at)
    block.show_terms(contract)
    return contract


def end_trial(block: Block, account: int, at: int) -> None:
    """Becomes a payer, falls back to the free plan, or goes."""
    rules, standing, rng = block.rules, block.standing, block.rng
    contract = block.contract(account)
    speaker = block.crowd.speaker(account, at)
    block.journal.track("Trial Ended", account, speaker, at - 1, trial_plan_name=PLANS[TEAM].name)
    reached = bool(standing.had_first_value[account])
    chance = rules.trial_converts_after_first_value if reached else rules.trial_converts_without
    chance *= 0.55 + 0.6 * float(block.companies.fit[account])
    if rng.random() < chance:
        begin_paying(block, contract, at)
        return
    note_end(block.journal, contract, at, "trial_ended")
    block.truth.leavings.append(
        Leaving(account, contract.number, "trial", True, "trial_not_converted", None, None, at, 0,
                contract.currency)
    )  # fmt: skip
    if rng.random() < 0.35:
        open_contract(block, account, at, "free")
        standing.phase[account] = Phase.FREE
    else:
        block.contracts[account] = None
        standing.phase[account] = Phase.GONE
        standing.depart(account, at)


def begin_paying(block: Block, contract: Contract, at: int) -> None:
    """Sets plan, seats, interval and discount from what the account is like, and charges it."""
    companies, rng, account = block.companies, block.rng, contract.account
    people = int(block.crowd.members(at)[account].sum())
    planned = float(companies.size_target[account]) * rng.uniform(0.15, 0.5)
    seats = max(people, round(planned), 2)
    needs_rank = max(
        feature.plan_rank
        for feature, needed in zip(FEATURES, companies.needed[account], strict=True)
        if needed
    )
    # Small accounts do not buy the higher plan for one feature that they do not know yet.
    contract.plan = least_plan(seats, needs_rank if rng.random() < 0.25 + seats / 30 else 1)
    if contract.plan == 1 and rng.random() < 0.35:
        contract.plan = TEAM
    contract.seats = max(seats, PLANS[contract.plan].seats_min)
    is_offline = companies.traits(account)["acquisition_kind"] == "offline"
    is_annual = rng.random() < (0.45 if is_offline else 0.2) + (0.15 if seats > 12 else 0)
    contract.interval = "year" if is_annual else "month"
    contract.discount_percent = int(companies.discount_percent[account])
    months = int(companies.discount_months[account])
    contract.status = "active"
    contract.anchor_day = min(28, block.calendar.date_of(at).day)
    if contract.discount_percent and months:
        contract.discount_ends_at = after_months(block.calendar, at, months, contract.anchor_day)
    note_version(block.journal, contract, at)
    block.standing.phase[account] = Phase.PAYING
    block.show_terms(contract)
    charge(block, contract, at)
    plan_next_renewal(block, contract, at)
