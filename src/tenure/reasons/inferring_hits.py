"""What a rule of inference says: how strongly it holds, and the evidence that it saw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from tenure.reasons.inferring_seen import Fact, Seen
from tenure.reasons.taxonomy_parts import Taxonomy

Evidence = Mapping[str, object]  # {"what": code, "at": ISO instant, "ref": event, figures ...}
TEXT_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Hit:
    """`strength` is 0 to 1: how much of what the rule looks for was there."""

    strength: float
    evidence: tuple[Evidence, ...]
    next_job: str = ""
    rival: str = ""


@dataclass(frozen=True)
class Norms:
    """What is usual among accounts that stayed, and what the operator calls things."""

    taxonomy: Taxonomy
    paid_per_person_minor: Mapping[str, float] = field(default_factory=dict)  # by currency, median


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may have made somebody leave. `says_it`: they said so themselves."""

    name: str
    code: str  # of the taxonomy
    check: Callable[[Seen, Norms], Hit | None]
    says_it: bool = False


def evidence(what: str, **said: object) -> Evidence:
    """One piece of it; instants become text."""
    plain = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in said.items()
    }
    return {"what": what, **plain}


def shown(text: str) -> str:
    """As much of a text as evidence quotes."""
    plain = " ".join(text.split())
    return plain if len(plain) <= TEXT_SHOWN else plain[: TEXT_SHOWN - 1] + "…"


def norms_of(stayed: list[Seen], taxonomy: Taxonomy) -> Norms:
    """What is usual among these."""
    paid: dict[str, list[float]] = {}
    for each in stayed:
        held = held_now(each)
        if held and held.mrr_minor:
            paid.setdefault(held.currency, []).append(held.mrr_minor / max(each.people_28, 1))
    return Norms(taxonomy, {currency: median(values) for currency, values in paid.items()})


def held_now(seen: Seen) -> Fact | None:
    """The last version of the subscription that was paid for when the subject decided."""
    starts = [
        each
        for each in seen.facts
        if each.kind == "start" and each.effective_at < seen.subject.at and each.mrr_minor
    ]
    return starts[-1] if starts else None
