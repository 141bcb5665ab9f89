"""How a simulated account says that it goes: the cancel page, the moment, and what is then due."""

from tenure.demo.block import Block
from tenure.demo.contracts import Contract, note_notice
from tenure.demo.seasons import DAY_S


def moment_of_notice(block: Block, contract: Contract, at: int) -> int:
    """A working time of that day, after the contract changed last and before it renews."""
    account = contract.account
    noticed_at = block.working_time(account, block.calendar.day_of(at))
    if not max(contract.changed_at + 900, block.companies.signup_at[account]) < noticed_at:
        noticed_at = max(at, contract.changed_at + 900)
    return min(noticed_at, contract.renews_at - 60)


def look_at_cancel_page(block: Block, account: int, at: int) -> int:
    """Somebody opens the cancel page, some after days of thinking; the person, or -1."""
    rng, crowd = block.rng, block.crowd
    speaker = crowd.speaker(account, at)
    if speaker < 0 or rng.random() > 0.9:
        return speaker
    earlier = at - int(rng.uniform(1, 9) * DAY_S)
    was_there = crowd.joined_at[account, speaker] < earlier
    if rng.random() < 0.4 and was_there and block.contract(account).started_at < earlier:
        block.journal.track("Cancel Page Viewed", account, speaker, earlier, path="/billing/cancel")
    view_cancel_page(block, account, speaker, at)
    return speaker


def view_cancel_page(block: Block, account: int, speaker: int, at: int) -> None:
    block.journal.track("Billing Page Viewed", account, speaker, at - 45, path="/billing")
    block.journal.track("Cancel Page Viewed", account, speaker, at, path="/billing/cancel")


def go_from(block: Block, contract: Contract, noticed_at: int, ends_at: int, cause: str) -> None:
    """Notice is given; it ends then, unless it is taken back before. Some export their data."""
    rng, account = block.rng, contract.account
    block.crowd.busy_until[account] = noticed_at + 60
    contract.notice_at, contract.cause, contract.ends_at = noticed_at, cause, ends_at
    note_notice(block.journal, contract, noticed_at, ends_at)
    block.standing.is_leaving[account] = True
    is_later = ends_at > noticed_at + 60
    if is_later and rng.random() < block.rules.notice_withdrawn:
        middle = noticed_at + int((ends_at - noticed_at) * rng.uniform(0.2, 0.8))
        block.plan_ahead(middle, account, "withdraw", contract.number)
    elif is_later and rng.random() < 0.45:
        exported_at = noticed_at + int(min(5 * DAY_S, ends_at - noticed_at) * rng.random())
        block.plan_ahead(exported_at, account, "export", contract.number)
    block.plan_ahead(ends_at, account, "end", contract.number)
