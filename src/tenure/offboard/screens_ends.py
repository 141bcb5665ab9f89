"""The screens on which something is decided: what ends when, what is agreed, what happens next."""

from datetime import date

from tenure.offboard.facts import Facts, Settling
from tenure.offboard.flow_parts import DIRECT, NOW, Flow
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import VALUE, Passage, Shown
from tenure.offboard.screens import Block, Item
from tenure.offboard.screens_offers import agreed_time, commitment_items, link_ways
from tenure.offboard.screens_text import day, money, percent
from tenure.offboard.screens_value import data_block, ends_on, kept_until

__all__ = [
    "accepted_blocks", "back_blocks", "confirm_blocks", "ends_on", "left_blocks", "stayed_blocks",
]  # fmt: skip
DONE = "done"


def confirm_blocks(passage: Passage, flow: Flow, facts: Facts, words: Words) -> list[Block]:
    """What is cancelled, when it ends, and what that means for money and data."""
    items = [*_what(facts, words), _end(flow, facts, words), *_money(facts, words)]
    accepted = accepted_offer(passage)
    if accepted and not passage.has_left:
        said = words("offer_ends_text", offer=accepted.title)
        items.append(Item(words("offer_ends"), said))
    kept = kept_until(flow, facts)
    if kept and passage.shape != DIRECT:
        items.append(Item(words("data_kept"), words("kept_until", day=day(kept, words.language))))
    if facts.receipt_to and passage.shape != DIRECT:
        items.append(Item(words("receipt"), facts.receipt_to))
    blocks = [Block("dates", items=tuple(each for each in items if each), name="terms")]
    if facts.ends_on:
        until = words("already_leaving", day=day(facts.ends_on, words.language))
        blocks.insert(0, Block("notice", text=until, name="already_leaving"))
    stops = flow.value.stops_working.get(words.language, "")
    if stops and passage.shape != DIRECT and VALUE not in passage.path:
        blocks.append(Block("text", words("stops_working"), stops, name="stops_working"))
    return blocks


def left_blocks(
    passage: Passage, flow: Flow, facts: Facts, words: Words, settling: Settling
) -> list[Block]:
    """Who does what billing did not take; when it ends, where the receipt goes, what becomes of
    data, until when to undo it."""
    language = words.language
    until = _end_wanted(passage, ends_on(flow, facts))
    items = []
    if until:
        items.append(Item(words("works_until"), day(until, language)))
    items.append(Item(words("next_payment"), words("no_payment")))
    to = passage.notice.receipt_to or facts.receipt_to
    if to:
        items.append(Item(words("receipt"), to))
    blocks = [Block("dates", items=tuple(items), name="terms")]
    if not settling.is_taken:
        said = by_person(settling, words) or words("not_confirmed")
        blocks.insert(0, Block("notice", text=said, name="next_steps"))
    data = data_block(passage, flow, facts, words)
    if data:
        blocks.append(data)
    if until and until > facts.today:
        said = words("undo_until", day=day(until, language))
        blocks.append(Block("text", text=said, name="undo"))
    if passage.reason or passage.next_job:
        blocks.append(Block("text", text=words("thanks"), name="thanks"))
    return blocks


def accepted_blocks(
    passage: Passage, facts: Facts, words: Words, settling: Settling
) -> list[Block]:
    """What was agreed, in the very words that are stored, and when it takes effect."""
    offer = accepted_offer(passage)
    if offer is None:
        return []
    blocks = [_agreed(offer, facts, words)]
    if offer.kind in _CARRIED_OUT_IN_BILLING:
        said = words("carried_out" if settling.billing == DONE else "not_yet_carried_out")
        said = by_person(settling, words) or said
        blocks.append(Block("text", words("next_steps"), said, name="next_steps"))
    return blocks


def by_person(settling: Settling, words: Words) -> str:
    """Who makes it by when, where billing did not take it and a person has it as a task."""
    if settling.is_taken or settling.person_by_on is None:
        return ""
    return words("by_person", day=day(settling.person_by_on, words.language))


def _agreed(offer: Shown, facts: Facts, words: Words) -> Block:
    items = (Item(words("terms"), text=offer.terms_text), *commitment_items(offer, words))
    if at := agreed_time(offer.terms, facts.time_zone, words.language):
        items = (Item(words("agreed_time"), at), *items)
    ways = link_ways(offer.kind, offer.terms, words)
    return Block("agreed", offer.title, items=items, name=offer.name, ways=ways)


# A person does the others; their terms say when.
_CARRIED_OUT_IN_BILLING = frozenset(
    {"cheaper_plan", "pause", "discount", "trial_extension", "dormant", "free_months", "refund"}
)


def back_blocks(passage: Passage, facts: Facts, words: Words) -> list[Block]:
    """On which terms it goes on."""
    offer = accepted_offer(passage)
    agreed = [_agreed(offer, facts, words)] if offer else []
    items = tuple(_what(facts, words))
    return [*agreed, *([Block("dates", items=items, name="terms")] if items else [])]


def stayed_blocks(passage: Passage, facts: Facts, words: Words) -> list[Block]:
    items = tuple(_what(facts, words))
    return [Block("dates", items=items, name="terms")] if items else []


def accepted_offer(passage: Passage) -> Shown | None:
    """The offer that was accepted in this visit."""
    return next((each for each in passage.shown if each.name == passage.chosen), None)


def _what(facts: Facts, words: Words) -> list[Item]:
    items = []
    if facts.account_name:
        items.append(Item(words("account"), facts.account_name))
    if facts.plan:
        items.append(Item(words("plan"), facts.plan, _price(facts, words)))
    return items


def _price(facts: Facts, words: Words) -> str:
    if facts.price_minor is None or not facts.currency:
        return ""
    said = money(facts.price_minor, facts.currency, words.language)
    key = {"month": "price_each_month", "year": "price_each_year"}.get(facts.billing_interval)
    return words(key, money=said) if key else said


def _end(flow: Flow, facts: Facts, words: Words) -> Item:
    until = ends_on(flow, facts)
    if flow.confirm.effective == NOW and not facts.ends_on:
        return Item(words("works_until"), words("ends_now"))
    said = day(until, words.language) if until else words("ends_period")
    return Item(words("works_until"), said)


def _end_wanted(passage: Passage, earliest: date | None) -> date | None:
    wanted = passage.notice.wanted_on
    if wanted is None or (earliest is not None and wanted < earliest):
        return earliest
    return wanted


def _money(facts: Facts, words: Words) -> list[Item]:
    items = [Item(words("next_payment"), words("no_payment"))]
    discount = ""
    if facts.percent_off:
        discount = percent(facts.percent_off, words.language)
    elif facts.amount_off_minor and facts.currency:
        discount = money(facts.amount_off_minor, facts.currency, words.language)
    if discount:
        said = words("discount_ends_text", discount=discount)
        items.append(Item(words("discount_ends"), said))
    return items
