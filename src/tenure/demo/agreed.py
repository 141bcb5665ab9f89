"""What an accepted offer changes in a contract, and the billing facts that it leaves behind.

What lies ahead (a plan or a pause from the next bill on) is known when it is agreed, as any billing
has it, and is carried out at the renewal.
"""

from dataclasses import replace

from tenure.base.ids import digest
from tenure.demo.block import Block
from tenure.demo.card_then import day_of
from tenure.demo.catalogue import PLANS
from tenure.demo.contracts import Contract, after_months, note_pause, note_refund, note_version
from tenure.offboard.passage import Shown
from tenure.offers import kinds

PLAN_NUMBERS = {plan.name: number for number, plan in enumerate(PLANS)}


def agree(block: Block, contract: Contract, shown: Shown, visit_id: str, at: int) -> None:
    """Do in the account's contract what was accepted; help that costs no price changes nothing."""
    if shown.kind in kinds.RESTS:
        _rest(block, contract, int(str(shown.terms["months"])), at)
    elif shown.kind == kinds.CHEAPER_PLAN:
        _change_plan(block, contract, shown, at)
    elif shown.kind == kinds.DISCOUNT:
        months = int(str(shown.terms["months"]))
        contract.discount_percent = round(float(str(shown.terms["percent_off"])))
        contract.discount_ends_at = _after_bills(block, contract, months)
        contract.conceded = {"discount_ends_on": day_of(contract.discount_ends_at).isoformat()}
        note_version(block.journal, contract, at)
        block.show_terms(contract)
    elif shown.kind == kinds.FREE_MONTHS:
        contract.free_until_at = _after_bills(block, contract, int(str(shown.terms["months"])))
        contract.conceded = {"free_until_on": day_of(contract.free_until_at).isoformat()}
        note_version(block.journal, contract, at)
    elif shown.kind == kinds.REFUND:
        amount = int(str(shown.terms["amount_minor"]))
        note_refund(block.journal, contract, at, amount, change_key(shown, visit_id))


def change_key(shown: Shown, visit_id: str) -> str:
    """The key by which billing is asked for an accepted offer, as `offers.accepting` makes it."""
    return f"offer:{digest(visit_id, shown.name)}"


def _rest(block: Block, contract: Contract, months: int, at: int) -> None:
    """A pause from the next bill on."""
    contract.rests_until_at = _after_bills(block, contract, months)
    note_pause(block.journal, contract, contract.renews_at, contract.rests_until_at, known_at=at)
    block.plan_ahead(contract.renews_at - 1, contract.account, "rest", contract.number)


def _change_plan(block: Block, contract: Contract, shown: Shown, at: int) -> None:
    """Another plan from the next bill on."""
    ahead = replace(
        contract,
        plan=PLAN_NUMBERS[str(shown.terms["plan"])],
        seats=int(str(shown.terms.get("seats") or contract.seats)),
    )
    note_version(block.journal, ahead, contract.renews_at, known_at=at)
    contract.ahead = ahead


def _after_bills(block: Block, contract: Contract, months: int) -> int:
    """So many months after the next bill."""
    return after_months(block.calendar, contract.renews_at, months, contract.anchor_day)
