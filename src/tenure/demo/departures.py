"""From the decision to the end: staying, notice, taking it back, ending, and coming back."""

from tenure.demo.block import Block
from tenure.demo.by_flow import Decision, comes_by_flow, eased, note_return
from tenure.demo.catalogue import BUSINESS, PLANS, STARTER
from tenure.demo.companies import LANGUAGE_TAGS
from tenure.demo.contracts import Contract, note_end, note_notice, note_version
from tenure.demo.giving_notice import go_from, look_at_cancel_page, moment_of_notice
from tenure.demo.journal import BILLING, Happening
from tenure.demo.leaving import chance_of_leaving, reason_text, stated_reason, true_cause
from tenure.demo.renewals import charge, pause, plan_next_renewal, rest, resume, retry
from tenure.demo.seasons import BY_INDUSTRY, DAY_S, INDUSTRIES
from tenure.demo.signing_up import begin_paying, open_contract
from tenure.demo.standing import Phase
from tenure.demo.treatments import chance_with
from tenure.demo.truth import Leaving


def decide(block: Block, account: int, at: int) -> None:
    """Stay, pause or leave: decided before a renewal by what was received for the money."""
    contract, rng = block.contract(account), block.rng
    if contract.notice_at is not None or contract.failures:
        return
    chance = chance_of_leaving(block.standing, block.companies, block.rules, account)
    chance = eased(block, account, at, chance)
    luck, other = rng.random(), rng.random()
    leaves = bool(luck < chance)
    if at < block.until_at:
        treated = luck < chance_with(chance, block.truth.effects[account])
        block.truth.decide(account, leaves, treated)
    if not leaves and other < _chance_of_pausing(block, account):
        block.plan_ahead(contract.renews_at - 1, account, "pause", contract.renews_at)
        return
    if not leaves and other <= 1 - (0.008 + 0.20 * chance):
        return
    cause = true_cause(block.standing, block.companies, block.rules, account)
    if comes_by_flow(block, contract, at, Decision(chance, luck, cause)):
        return
    if leaves:
        give_notice(block, contract, at, cause)
    else:
        look_at_cancel_page(block, account, at)


def give_notice(block: Block, contract: Contract, at: int, cause: str) -> None:
    """The account says that it goes: at the renewal, or at once."""
    rng, account = block.rng, contract.account
    noticed_at = moment_of_notice(block, contract, at)
    speaker = look_at_cancel_page(block, account, noticed_at - 240)
    at_once = contract.interval == "month" and rng.random() < 0.15
    contract.stated = stated_reason(cause, block.rules, rng)
    if contract.stated is not None:
        note_reason(block, contract, speaker, noticed_at + 30)
    go_from(block, contract, noticed_at, noticed_at + 60 if at_once else contract.renews_at, cause)


def note_reason(block: Block, contract: Contract, speaker: int, at: int) -> None:
    """What the account says about why; the true cause goes to the truth alone."""
    assert contract.stated is not None
    account = contract.account
    tag = LANGUAGE_TAGS.get(block.companies.country_code(account), "en")
    properties: dict[str, object] = {
        "reason": contract.stated,
        "text": reason_text(contract.stated, tag, block.rng),
        "subscription_id": f"{block.companies.key(account)}-s{contract.number}",
    }
    block.journal.happenings.append(
        Happening(BILLING, "reason", "Reason Given", account, speaker, at, properties)
    )


def withdraw(block: Block, account: int, at: int) -> None:
    """The notice is taken back; the account stays."""
    contract = block.contract(account)
    note_notice(block.journal, contract, at, None)
    note_return(block, contract, at)
    contract.notice_at = contract.ends_at = None
    block.show_terms(contract)


def export_data(block: Block, account: int, at: int) -> None:
    """Who is going takes the data along."""
    speaker = block.crowd.speaker(account, at)
    if speaker >= 0:
        block.journal.track("Data Exported", account, speaker, at, scope="everything")


def end(block: Block, account: int, at: int) -> None:
    """The notice takes effect. Some fall back to the free plan, some come back months later."""
    contract, rng = block.contract(account), block.rng
    if contract.ends_at != at:
        return  # the notice was taken back
    _close(block, contract, at, "cancellation_requested", is_voluntary=True)
    if rng.random() < 0.08:
        open_contract(block, account, at + 60, "free")
        block.standing.phase[account] = Phase.FREE
        block.standing.arrive(account, at + 60, block.week_ends_at)
    elif rng.random() < block.rules.return_share:
        days = 60 + 180 * rng.random()
        block.plan_ahead(at + int(days * DAY_S), account, "return", contract.number)


def end_unpaid(block: Block, account: int, at: int) -> None:
    """The card failed for the last time."""
    contract = block.contract(account)
    contract.cause = "card_failed"
    _close(block, contract, at, "payment_failed", is_voluntary=False)
    if block.rng.random() < 0.3:
        days = 4 + 50 * block.rng.random()
        block.plan_ahead(at + int(days * DAY_S), account, "return", contract.number)


def end_companies(block: Block) -> None:
    """Next week's bankruptcies and take-overs among the payers."""
    draws = block.rng.random(len(block.companies))
    payers = block.standing.phase == Phase.PAYING
    for account in (payers & (draws < block.rules.company_ends_per_week)).nonzero()[0]:
        _plan_next_week(block, int(account), "company_end")


def end_company(block: Block, account: int, at: int) -> None:
    """Bankrupt or bought: it ends at once, whatever was agreed."""
    contract = block.contract(account)
    if block.crowd.busy_until[account] >= at:
        later = int(block.crowd.busy_until[account]) + 3600
        block.plan_ahead(later, account, "company_end", contract.number)
        return
    contract.cause = "bankrupt" if block.rng.random() < 0.55 else "acquired"
    contract.stated = None
    _close(block, contract, at, "cancellation_requested", is_voluntary=False)


def review_free_accounts(block: Block) -> None:
    """Next week some free accounts are closed, having got nothing; of the content some pay."""
    standing = block.standing
    draws = block.rng.random(len(block.companies))
    free = standing.phase == Phase.FREE
    people = block.crowd.members(block.calendar.week_starts_at(block.week)).sum(axis=1)
    full = (people >= PLANS[0].seats_max) | (standing.projects >= PLANS[0].projects_max)
    closes = free & (standing.satisfaction < 0.3) & (draws < 0.02)
    pays = free & full & (standing.satisfaction > 0.4) & (draws > 0.93)
    for accounts, what in ((closes, "free_end"), (pays, "free_pays")):
        for account in accounts.nonzero()[0]:
            _plan_next_week(block, int(account), what)


def close_free_account(block: Block, account: int, at: int) -> None:
    contract = block.contract(account)
    contract.cause = "closed_free_account"
    _close(block, contract, at, "cancellation_requested", is_voluntary=True)


def pay_for_free_account(block: Block, account: int, at: int) -> None:
    begin_paying(block, block.contract(account), at)


def come_back(block: Block, account: int, at: int) -> None:
    """A former payer returns, often to a cheaper plan, and gives it another chance."""
    crowd, standing, rng = block.crowd, block.standing, block.rng
    if standing.phase[account] != Phase.GONE:
        return
    if crowd.speaker(account, at) < 0 and crowd.join(block.journal, account, at) < 0:
        return
    standing.need[account] = 1.0
    standing.service[account] = max(0.85, standing.service[account])
    standing.satisfaction[account] = block.rules.hope_at_signup
    plan = int(standing.plan[account])
    if plan > STARTER and rng.random() < 0.45:
        plan -= 1
    people = int(crowd.members(at)[account].sum())
    block.subscriptions[account] += 1
    while people > PLANS[plan].seats_max and plan < BUSINESS:
        plan += 1
    contract = Contract(
        account=account,
        number=block.subscriptions[account],
        currency=block.companies.currency(account),
        status="active",
        plan=max(plan, STARTER),
        seats=max(people, PLANS[max(plan, STARTER)].seats_min),
        interval="month",
        started_at=at,
        changed_at=at,
        anchor_day=min(28, block.calendar.date_of(at).day),
    )
    block.contracts[account] = contract
    note_version(block.journal, contract, at)
    standing.phase[account] = Phase.PAYING
    standing.arrive(account, at, block.week_ends_at)
    block.show_terms(contract)
    charge(block, contract, at)
    plan_next_renewal(block, contract, at)


def begin_pause(block: Block, account: int, at: int) -> None:
    """The next two or three months are neither used nor charged."""
    contract = block.contract(account)
    if contract.ends_at is None and not contract.failures:
        pause(block, contract, at + 1, months=int(block.rng.integers(2, 4)))


def begin_rest(block: Block, account: int, at: int) -> None:
    """The pause that was agreed at the way out begins, unless they have gone since."""
    contract = block.contract(account)
    until_at, contract.rests_until_at = contract.rests_until_at, None
    if until_at is not None and contract.ends_at is None:
        rest(block, contract, at + 1, until_at)


def resume_or_end(block: Block, account: int, at: int) -> None:
    """A pause is over; a quarter of them become an end."""
    contract = block.contract(account)
    if block.rng.random() >= 0.25:
        resume(block, account, at)
        return
    contract.cause, contract.notice_at = "season_over", None
    contract.stated = stated_reason("season_over", block.rules, block.rng)
    if contract.stated is not None:
        note_reason(block, contract, block.crowd.speaker(account, at), at)
    _close(block, contract, at, "cancellation_requested", is_voluntary=True)


def retry_card(block: Block, account: int, at: int) -> None:
    """A failed card is tried again; after the last time the subscription ends unpaid."""
    if retry(block, account, at):
        end_unpaid(block, account, at)


def _close(block: Block, contract: Contract, at: int, because: str, *, is_voluntary: bool) -> None:
    account = contract.account
    note_end(block.journal, contract, at, because)
    was = "free" if contract.status == "free" else "paying"
    block.truth.leavings.append(
        Leaving(
            account, contract.number, was, is_voluntary, contract.cause, contract.stated,
            contract.notice_at, at, contract.mrr_minor, contract.currency,
        )
    )  # fmt: skip
    if not is_voluntary and at < block.until_at:
        block.truth.suffer(account)
    block.standing.phase[account] = Phase.GONE
    block.standing.depart(account, at)
    block.standing.is_leaving[account] = False
    block.standing.mrr_minor[account] = 0
    block.contracts[account] = None


def _chance_of_pausing(block: Block, account: int) -> float:
    """Seasonal accounts pause when their season ends; others hardly ever."""
    industry = INDUSTRIES[block.companies.industry[account]]
    if industry not in BY_INDUSTRY or block.standing.is_annual[account]:
        return 0.0008
    season = BY_INDUSTRY[industry][block.calendar.month_no(block.week)]
    return 0.10 if season < 0.8 else 0.0008


def _plan_next_week(block: Block, account: int, what: str) -> None:
    """Next week, so that it takes its turn among what else falls due then."""
    day = (block.week + 1) * 7 + int(block.rng.integers(0, 5))
    at = block.working_time(account, day)
    block.plan_ahead(at, account, what, block.contract(account).number)
