"""What no book of offers may do, and what it should think of; each with its reason and source.

A finding that is an error refuses the text: it is never put in force. docs/offers.md has the list.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from tenure.offers import kinds
from tenure.offers.binding_words import binding_words
from tenure.offers.book_file import ReadBook
from tenure.offers.fitting import exact, has_plan, margin_share
from tenure.offers.kinds import KINDS, PRICE_CUTS, RESTS
from tenure.offers.lint_sources import SOURCES
from tenure.offers.next_step import NEXT_STEP
from tenure.offers.parts import INTENT, THEM, US, Offer, Texts
from tenure.offers.terms import YEAR_MONTHS
from tenure.offers.wording import NAMED
from tenure.reasons.taxonomy import taxonomy
from tenure.segments.condition import Condition
from tenure.segments.definition import segments
from tenure.segments.of_one_card import requires
from tenure.segments.tree import Node

WARNINGS = frozenset({
    "pause_is_long", "event_unknown", "reason_unknown", "follow_up_unknown", "plan_unknown",
    "segment_unknown", "no_way_there",
})  # fmt: skip
_PAUSE_MONTHS_USUAL = 3
_OF_INTENT = re.compile(r"cancel_page|intent_events")
_INTENT_SEGMENT = "signal_cancel_intent"
Told = tuple[str, str, str]  # code, where in the offer, what is wrong and what to do
Rule = Callable[[Offer, Condition | None, ReadBook], Iterator[Told]]


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable; `place` is where in the text; `source` says whose rule or figure it is."""

    code: str
    place: str
    message: str
    source: str

    @property
    def is_error(self) -> bool:
        return self.code not in WARNINGS

    def sentence(self, where: str) -> str:
        return f"{where}: {self.place}: {self.code}: {self.message} ({self.source})"


def findings(read: ReadBook) -> list[Finding]:
    """Everything that is to be said about a book, errors first, then in its order."""
    found = []
    pairs = zip(read.book.offers, read.conditions, strict=True)
    for number, (offer, condition) in enumerate(pairs, 1):
        for rule in RULES:
            found += [
                Finding(code, f"offer[{number}]{at and '.'}{at}", message, SOURCES[code])
                for code, at, message in rule(offer, condition, read)
            ]
    return sorted(found, key=lambda each: not each.is_error)


def _on_intent(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    if offer.kind in PRICE_CUTS:
        if INTENT in offer.because:
            yield (
                "discount_on_intent", "because",
                "a lower price is offered to who only thinks of leaving; leave out 'intent', and "
                "offer help there",
            )  # fmt: skip
        columns = condition.columns if condition else ()
        named = next((c.name for c in columns if _OF_INTENT.search(c.name)), "")
        if named or _INTENT_SEGMENT in offer.segments:
            yield (
                "discount_on_intent", "where" if named else "segments",
                f"{named or _INTENT_SEGMENT} makes looking at the way out the condition of a lower "
                "price; ask for something else",
            )  # fmt: skip
    if offer.kind == kinds.CHEAPER_PLAN and INTENT in offer.because:
        yield (
            "plan_advice_on_intent", "because",
            "a cheaper plan is put to who has not come to leave; leave out 'intent'",
        )  # fmt: skip


def _plan(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    if offer.kind not in PRICE_CUTS:
        return
    sides = {each.side for each in offer.commitments}
    if sides != {US, THEM}:
        missing = " and ".join(sorted({US, THEM} - sides, reverse=True))
        yield (
            "discount_without_commitments", "commitment",
            f"a lower price needs a commitment of each side; write one of {missing}",
        )  # fmt: skip
    if not has_plan(offer.commitments) and not (
        condition and requires(condition.tree, _reached_value)
    ):
        yield (
            "discount_without_plan", "commitment",
            "who never got any value would pay less for nothing; agree on a step to it (side = "
            '"them" with an event), or ask where = "first_value_on is not null"',
        )  # fmt: skip


def _reached_value(node: Node) -> bool:
    """Whether this part holds only of accounts that got what the product is for."""
    if node.op == "not" and node.parts[0].op == "is_null":
        return _is_column(node.parts[0].parts[0], "first_value_on", "outcome_reached_on")
    if node.op == "is_true" or (node.op == "=" and node.parts[1].value is True):
        return _is_column(node.parts[0], "is_outcome_reached")
    return _is_column(node, "is_outcome_reached")


def _is_column(node: Node, *names: str) -> bool:
    return node.op == "column" and str(node.value) in names


def _binds(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    texts = [(each, getattr(offer, each)) for each in ("title", "text", "accept", "terms")]
    texts += [(f"commitment[{n}].text", each.text) for n, each in enumerate(offer.commitments, 1)]
    for place, words in texts:
        if found := binding_words(words):
            language, said = found
            yield (
                "condition_on_leaving", f"{place}.{language}",
                f"{said!r} ties leaving to something; whatever was promised, they may leave",
            )  # fmt: skip
    leaving = {each.event for each in read.book.product.intents if each.event}
    for number, each in enumerate(offer.commitments, 1):
        if each.side == THEM and each.event in leaving:
            yield (
                "condition_on_leaving", f"commitment[{number}].event",
                f"{each.event!r} is a sign of leaving in product.toml; name what shows progress",
            )  # fmt: skip


def _money(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    budget = read.book.budget
    if offer.kind in PRICE_CUTS or any(offer.cost_minor.values()):
        for name in ("per_account_minor", "all_month_minor"):
            if not any(getattr(budget, name).values()):
                yield "no_budget", "", f"it costs money; write {name} into [budget]"
    left = _price_share_left(offer)
    if left is not None and margin_share(left, read.book) < exact(budget.margin_floor_share):
        yield (
            "below_margin_floor", _DEPTH[offer.kind],
            f"{float(margin_share(left, read.book)):.0%} of the list price would be left, less "
            f"than margin_floor_share = {budget.margin_floor_share:g}; give less",
        )  # fmt: skip


_DEPTH = {kinds.DISCOUNT: "percent_off", kinds.FREE_MONTHS: "months", kinds.REFUND: "percent"}


def _price_share_left(offer: Offer) -> Fraction | None:
    """Of the list price; None where it depends on what an account pays."""
    if offer.kind == kinds.DISCOUNT and offer.fields["percent_off"] is not None:
        return 1 - exact(offer.fields["percent_off"]) / 100  # type: ignore[arg-type]
    if offer.kind == kinds.FREE_MONTHS:
        return 1 - Fraction(int(offer.fields["months"]), YEAR_MONTHS)  # type: ignore[call-overload]
    if offer.kind == kinds.REFUND and offer.fields["percent"] is not None:
        # Of a bill for a month; for a year it is more, which is asked when it is chosen.
        return 1 - exact(offer.fields["percent"]) / 100 / YEAR_MONTHS  # type: ignore[arg-type]
    return None


def _rests(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    if offer.kind not in RESTS:
        return
    if not offer.fields["reminder_days"]:
        yield (
            "pause_without_reminder", "reminder_days",
            "they would be charged again without a word; write how many days before they are told",
        )  # fmt: skip
    months = int(offer.fields["months"])  # type: ignore[call-overload]
    if offer.kind == kinds.PAUSE and months > _PAUSE_MONTHS_USUAL:
        yield (
            "pause_is_long",
            "months",
            f"{months} months are long; offer {_PAUSE_MONTHS_USUAL} or fewer",
        )


def _commitments(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    seen = {event for _, event in read.book.product.events()}
    for number, each in enumerate(offer.commitments, 1):
        place = f"commitment[{number}]"
        if each.side == THEM and not each.event:
            yield (
                "commitment_unwatched", f"{place}.event",
                "nothing would show whether they did it; name the event that does",
            )  # fmt: skip
        if each.side == US and not (each.owner_task or each.event):
            yield (
                "commitment_of_ours_unowned", f"{place}.owner_task",
                "nobody would have to do it; write owner_task = true",
            )  # fmt: skip
        if each.event and each.event != NEXT_STEP and seen and each.event not in seen:
            yield (
                "event_unknown", f"{place}.event",
                f"product.toml names no event {each.event!r}; see that it is sent",
            )  # fmt: skip


def _words(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    kind = KINDS[offer.kind]
    texts = [(each, getattr(offer, each)) for each in ("title", "text", "accept", "terms")]
    for place, words in texts:
        yield from _unknown(place, words, kind.says)
    for number, each in enumerate(offer.commitments, 1):
        yield from _unknown(
            f"commitment[{number}].text", each.text, kind.says | {"due_on", "next_step"}
        )
    for language, words in offer.terms.items():
        missing = sorted(kind.must_say - set(NAMED.findall(words)))
        if missing:
            named = ", ".join(f"{{{{ {each} }}}}" for each in missing)
            yield (
                "terms_hidden", f"terms.{language}",
                f"who accepts is not told {named}; write it into the terms",
            )  # fmt: skip


def _unknown(place: str, words: Texts, says: frozenset[str]) -> Iterator[Told]:
    for language, text in words.items():
        for name in NAMED.findall(text):
            if name not in says:
                yield (
                    "unknown_term", f"{place}.{language}",
                    f"there is no {{{{ {name} }}}} here; use {', '.join(sorted(says))}",
                )  # fmt: skip


def _meetings(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    is_meeting = offer.kind in (kinds.TRAINING, kinds.ADVICE, kinds.HUMAN, kinds.PARTNER)
    if is_meeting and not (offer.fields.get("link") or offer.fields.get("calendar")):
        yield (
            "no_way_there", "link",
            "there is no link and no calendar, so a task asks somebody to write to them",
        )  # fmt: skip


def _answers(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    known = taxonomy()
    for place in ("reasons", "except_reasons"):
        for code in getattr(offer, place):
            if not known.has(code):
                yield "reason_unknown", place, f"there is no reason {code!r} in reasons.toml"
    follow_ups = {
        option.code
        for code in offer.reasons or known.codes()
        if known.has(code) and (asked := known.reason(code).follow_up)
        for option in asked.options
    }
    for code in offer.follow_ups:
        if code not in follow_ups:
            yield "follow_up_unknown", "follow_ups", f"none of its reasons is followed by {code!r}"
    if offer.segments:
        there = {each.name for each in segments()}
        for name in offer.segments:
            if name not in there:
                yield "segment_unknown", "segments", f"there is no segment {name!r}"


def _plans(offer: Offer, condition: Condition | None, read: ReadBook) -> Iterator[Told]:
    named = offer.fields.get("plan")
    plans = [plan.name for plan in read.book.product.plans]
    if named and plans and str(named).casefold() not in [name.casefold() for name in plans]:
        yield "plan_unknown", "plan", f"product.toml has no plan {named!r}; use {', '.join(plans)}"


RULES: tuple[Rule, ...] = (
    _on_intent, _plan, _binds, _money, _rests, _commitments, _words, _meetings, _answers, _plans,
)  # fmt: skip
