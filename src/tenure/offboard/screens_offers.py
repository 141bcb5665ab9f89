"""Another way: each offer with its exact terms and what both sides promise; and a person to ask."""

from collections.abc import Mapping
from datetime import date, datetime

from tenure.offboard.facts import Facts
from tenure.offboard.flow_parts import Flow
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import ACCEPT, Passage, Shown
from tenure.offboard.screens import Block, Field, Item, Option, Way
from tenure.offboard.screens_text import day, time_of

THEM = "them"
SLOTS_MOST = 5
HUMAN = "human"
WITH_SOMEBODY = frozenset({HUMAN, "advice", "training"})


def offer_blocks(passage: Passage, flow: Flow, facts: Facts, words: Words) -> list[Block]:
    """The offers in their order, then the person who can be talked to, where no offer is one."""
    blocks = [_offer(offer, facts, words) for offer in passage.shown]
    human = human_block(passage, flow, words)
    return [*blocks, human] if human else blocks


def commitment_items(offer: Shown, words: Words) -> tuple[Item, ...]:
    """What each side promises, and by when."""
    items = []
    for side in ("us", THEM):
        title = words("you_agree" if side == THEM else "we_promise")
        for each in offer.commitments:
            if each.get("side") == side:
                items.append(Item(title, _by(each, words), str(each.get("text", ""))))
    return tuple(items)


def human_block(passage: Passage, flow: Flow, words: Words) -> Block | None:
    """A person to talk to, by the flow's link. Never in place of the way out."""
    if not flow.human.link or any(offer.kind == HUMAN for offer in passage.shown):
        return None
    text = flow.human.text.get(passage.language, "")
    link = Way("", words("talk"), "link", flow.human.link)
    return Block("human", words("human"), text, name="human", ways=(link,))


def link_ways(kind: str, terms: Mapping[str, object], words: Words) -> tuple[Way, ...]:
    """Where they go with what they accepted, of an offer that has a link: to choose a time, to the
    partner, or to a page."""
    link = str(terms.get("link") or "")
    if not link:
        return ()
    label = words("talk" if kind in WITH_SOMEBODY else "open_link")
    if partner := str(terms.get("partner") or ""):
        label = words("to_partner", partner=partner)
    return (Way("", label, "link", link),)


def agreed_time(terms: Mapping[str, object], time_zone: str, language: str) -> str:
    """The free time that was taken with an offer, in words; "" where none was."""
    slot_at = str(terms.get("slot_at") or "")
    return time_of(datetime.fromisoformat(slot_at), time_zone, language) if slot_at else ""


def slot_fields(offer: Shown, facts: Facts, words: Words) -> tuple[Field, ...]:
    """The free times of who would do it, to choose one. None of an offer that needs nobody."""
    if offer.kind not in WITH_SOMEBODY or not facts.slots:
        return ()
    options = tuple(
        Option(slot.starts_at.isoformat(), time_of(slot.starts_at, facts.time_zone, words.language))
        for slot in facts.slots[:SLOTS_MOST]
    )
    return (Field(f"slot.{offer.name}", "choice", words("slots"), options),)


def _offer(offer: Shown, facts: Facts, words: Words) -> Block:
    terms = (Item(words("terms"), text=offer.terms_text),) if offer.terms_text else ()
    return Block(
        "offer",
        offer.title,
        offer.text,
        (*terms, *commitment_items(offer, words)),
        name=offer.name,
        ways=(Way(ACCEPT + offer.name, offer.accept, "accept"),),
        fields=slot_fields(offer, facts, words),
    )


def _by(commitment: Mapping[str, object], words: Words) -> str:
    """By when, unless its own words say so already."""
    due_on = commitment.get("due_on")
    if not due_on:
        return ""
    due = day(date.fromisoformat(str(due_on)), words.language)
    return "" if due in str(commitment.get("text", "")) else words("by_day", day=due)
