"""What somebody would lose: what they set out to do, reached and made, each from their own data."""

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import quote

from msgspec.structs import replace

from tenure.offboard.facts import Facts
from tenure.offboard.flow_parts import NOW, Flow
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import Passage
from tenure.offboard.screens import Block, Item, Way
from tenure.offboard.screens_text import day, number, short_day

_Maker = Callable[[Facts, Words], Block]


def value_blocks(passage: Passage, flow: Flow, facts: Facts, words: Words) -> list[Block]:
    """The flow's blocks for which the account has something, and what becomes of its data."""
    if "records" in flow.value.show:
        # Told with its count already.
        counted = {each.title for each in facts.records}
        left = tuple(title for title in facts.features if title not in counted)
        facts = replace(facts, features=left)
    names = [name for name in flow.value.show if name in _MADE and facts.has(name)]
    if "required_outcome" in names and "outcome_reached" in names:
        names.remove("outcome_reached")  # it is told in one line
    blocks = [_MADE[name](facts, words) for name in names]
    stops = flow.value.stops_working.get(passage.language, "")
    if "stops_working" in flow.value.show and stops:
        blocks.append(Block("text", words("stops_working"), stops, name="stops_working"))
    data = data_block(passage, flow, facts, words)
    return [*blocks, *([data] if data else [])]


def data_block(passage: Passage, flow: Flow, facts: Facts, words: Words) -> Block | None:
    """How long the data is kept, and the way to take it along; None where nothing is known."""
    until = kept_until(flow, facts)
    text = words("data_until", day=day(until, words.language)) if until else ""
    ways = ()
    if flow.value.export_url:
        ways = (Way("", words("export"), "link", export_link(passage, flow)),)
    if not text and not ways:
        return None
    return Block("text", words("data"), text, name="data", ways=ways)


def ends_on(flow: Flow, facts: Facts) -> date | None:
    """The first day without the subscription, if it were cancelled now; None: nobody knows."""
    if facts.ends_on:
        return facts.ends_on
    if flow.confirm.effective == NOW:
        return facts.today
    return facts.period_ends_on or facts.trial_ends_on


def kept_until(flow: Flow, facts: Facts) -> date | None:
    """Until when the data is kept, where both the end and the days are known."""
    ends = ends_on(flow, facts)
    if ends is None or flow.value.keeps_data_days is None:
        return None
    return ends + timedelta(days=flow.value.keeps_data_days)


def export_link(passage: Passage, flow: Flow) -> str:
    """The address of the export, for this account."""
    link = flow.value.export_url
    for name, value in (
        ("account", passage.ask.account),
        ("subscription", passage.ask.subscription),
    ):
        for written in (f"{{{{ {name} }}}}", f"{{{{{name}}}}}"):
            link = link.replace(written, quote(value, safe=""))
    return link


def _required_outcome(facts: Facts, words: Words) -> Block:
    stated, reached = facts.outcome_stated_on, facts.outcome_reached_on
    said = []
    if stated:
        said.append(words("stated_on", day=short_day(stated, words.language)))
    if reached:
        said.append(words("reached_on", day=short_day(reached, words.language)))
    item = Item(facts.required_outcome, text=words("and").join(said))
    return Block("list", words("required_outcome"), items=(item,), name="required_outcome")


def _outcome_reached(facts: Facts, words: Words) -> Block:
    assert facts.outcome_reached_on is not None
    reached = words("reached_on", day=short_day(facts.outcome_reached_on, words.language))
    item = Item(facts.required_outcome or words("outcome_reached"), text=reached)
    return Block("list", words("outcome_reached"), items=(item,), name="outcome_reached")


def _first_value(facts: Facts, words: Words) -> Block:
    assert facts.first_value_on is not None
    reached = words("reached_on", day=short_day(facts.first_value_on, words.language))
    item = Item(facts.first_value, text=reached)
    return Block("list", words("first_value"), items=(item,), name="first_value")


def _records(facts: Facts, words: Words) -> Block:
    items = tuple(
        Item(
            each.title,
            number(each.count, words.language),
            words("last_on", day=short_day(each.last_on, words.language)) if each.last_on else "",
        )
        for each in facts.records
    )
    return Block("facts", words("records"), items=items, name="records")


def _people(facts: Facts, words: Words) -> Block:
    item = Item(words("people_90_days"), number(facts.people, words.language))
    return Block("facts", words("people"), items=(item,), name="people")


def _history(facts: Facts, words: Words) -> Block:
    assert facts.began_on is not None
    items = (
        Item(words("began_on"), day(facts.began_on, words.language)),
        Item(words("active_days"), number(facts.active_days, words.language)),
    )
    return Block("facts", words("history"), items=items, name="history")


def _features(facts: Facts, words: Words) -> Block:
    items = tuple(Item(title) for title in facts.features)
    return Block("list", words("features"), items=items, name="features")


_MADE: dict[str, _Maker] = {
    "required_outcome": _required_outcome,
    "outcome_reached": _outcome_reached,
    "first_value": _first_value,
    "records": _records,
    "people": _people,
    "history": _history,
    "features": _features,
}
