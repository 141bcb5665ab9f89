"""Why did they leave, as far as what was known before tells: each reason with its evidence.

    infer(reader, leavers(spells(reader, ...)), now, weights=weights)

Rules look at what was seen of an account before it decided (`inferring_start.py`, `_people.py`,
`_trouble.py`, `_money.py`, `_words.py`); `inferring_weights.py` says how much each tells in this
company. docs/reasons.md has the rules and the measured accuracy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tenure.base.ids import digest
from tenure.card.product import Product, product
from tenure.lake.reading import Reader
from tenure.reasons import inferring_money, inferring_people, inferring_start, inferring_trouble
from tenure.reasons.inferring_hits import Evidence, Hit, Norms, Rule, norms_of
from tenure.reasons.inferring_seen import Seen, look
from tenure.reasons.inferring_subjects import Subject, leavers, sampled, stayers
from tenure.reasons.inferring_weights import Weight, Weights, learn, shares
from tenure.reasons.inferring_words import rules_of_words
from tenure.reasons.taxonomy import Taxonomy, taxonomy
from tenure.signals.leavings import Spell

NOTHING_SEEN = "experience_not_right"  # what is left when nothing that went wrong was seen
NOTHING_SEEN_SCORE = 0.3  # in log odds: weaker than this is no better than nothing
SAMPLE_MOST = 3_000  # leavers, and as many stayers, that the weights are learned from
AT_ONCE = 5_000  # subjects that are held in memory
EACH_MOST = 3  # reasons kept of one leaving
LEAST_SHARE = 0.05
SURE, LIKELY = 0.5, 0.25
VERSION = "1"  # of the rules


@dataclass(frozen=True, slots=True)
class Inferred:
    """One reason of one leaving. `confidence` is the share of such leavings that it explains."""

    account_id: str
    subject: Subject
    code: str
    confidence: float
    evidence: tuple[Evidence, ...]
    rules: tuple[str, ...] = ()
    next_job: str = ""
    rival: str = ""
    is_weak: bool = False  # what holds does not tell leavers from stayers in this company

    @property
    def strength(self) -> str:
        """strong | some | weak: how it is said."""
        if self.is_weak or self.confidence < LIKELY:
            return "weak"
        return "strong" if self.confidence >= SURE else "some"


def rules_in_force(known: Taxonomy) -> tuple[Rule, ...]:
    """Every rule whose code the taxonomy has."""
    every = (
        *inferring_start.RULES,
        *inferring_people.RULES,
        *inferring_trouble.RULES,
        *inferring_money.RULES,
        *rules_of_words(known),
    )
    return tuple(rule for rule in every if known.has(rule.code))


def infer(
    reader: Reader, subjects: Sequence[Subject], *, weights: Weights | None = None
) -> list[Inferred]:
    """The reasons of each subject, the likeliest first; at least one for everybody.

    What happened or became known at a subject's time or later changes nothing. Without `weights`
    every rule counts as is usual, whatever this company's history says.
    """
    return [each for found in infer_each(reader, subjects, weights=weights) for each in found]


def infer_each(
    reader: Reader, subjects: Sequence[Subject], *, weights: Weights | None = None
) -> list[list[Inferred]]:
    """The same, a list for each subject in their order."""
    known = taxonomy()
    rules = rules_in_force(known)
    held = weights or untaught(rules)
    norms = Norms(known, held.paid_per_person_minor)
    sold = product()
    found: list[list[Inferred]] = []
    for start in range(0, len(subjects), AT_ONCE):
        found += [
            conclude(seen.subject, _hits(seen, rules, norms), held)
            for seen in look(reader, list(subjects[start : start + AT_ONCE]), sold)
        ]
    return found


def untaught(rules: Sequence[Rule]) -> Weights:
    """What is usual, before any history."""
    none = np.zeros((0, len(rules)))
    return Weights(
        tuple(learn([(each.name, each.says_it) for each in rules], none, none, ((), ())))
    )


def teach(
    reader: Reader, spells: list[Spell], *, until_on: date, time_zone: str, most: int = SAMPLE_MOST
) -> Weights:
    """The weights that this company's own history teaches, as of `until_on`."""
    known, sold = taxonomy(), product()
    rules = rules_in_force(known)
    left = sampled([each for each in leavers(spells) if each.at.date() < until_on], most)
    stayed = sampled(stayers(spells, until_on, time_zone), most)
    seen_stayed = look(reader, stayed, sold)
    norms = norms_of(seen_stayed, known)
    strengths_stayed, beside_stayed = _strengths(seen_stayed, rules, norms)
    del seen_stayed
    strengths_left, beside_left = _strengths(look(reader, left, sold), rules, norms)
    told = [(each.name, each.says_it) for each in rules]
    return Weights(
        tuple(learn(told, strengths_left, strengths_stayed, (beside_left, beside_stayed))),
        dict(norms.paid_per_person_minor),
        len(left),
        len(stayed),
        lesson(known, sold),
    )


def lesson(known: Taxonomy, sold: Product) -> str:
    """Another text when weights have to be learned anew: rules, taxonomy or product changed."""
    return digest(VERSION, known.digest, repr(sold))


def conclude(subject: Subject, hits: list[tuple[Rule, Hit]], weights: Weights) -> list[Inferred]:
    """What the rules that hold come to, by code; the rest is what nothing explains.

    That rest comes first only where every code is weaker than NOTHING_SEEN_SCORE.
    """
    scores: dict[str, float] = {}
    of_code: dict[str, list[tuple[float, Rule, Hit]]] = {}
    for rule, hit in hits:
        weight = weights.by_rule.get(rule.name)
        score = max(0.0, weight.log_odds) * hit.strength if weight else 0.0
        scores[rule.code] = scores.get(rule.code, 0.0) + score
        of_code.setdefault(rule.code, []).append((score, rule, hit))
    explained, rest = shares(scores)
    explained[NOTHING_SEEN] = explained.get(NOTHING_SEEN, 0.0) + rest
    scores[NOTHING_SEEN] = max(scores.get(NOTHING_SEEN, 0.0), NOTHING_SEEN_SCORE)
    ranked = sorted(explained, key=lambda code: (-scores[code], code))
    kept = [code for code in ranked if explained[code] >= LEAST_SHARE or code == ranked[0]]
    return [
        _inferred(subject, code, explained[code], of_code.get(code, []), weights)
        for code in kept[:EACH_MOST]
    ]


def _inferred(
    subject: Subject,
    code: str,
    share: float,
    held: list[tuple[float, Rule, Hit]],
    weights: Weights,
) -> Inferred:
    held = sorted(held, key=lambda each: -each[0])
    evidence: list[Evidence] = []
    seen: list[Evidence] = []
    for _, rule, hit in held:
        for piece in hit.evidence:
            if piece not in seen:  # two rules may have looked at the same thing
                seen.append(piece)
                common = _commonness(weights.by_rule.get(rule.name))
                evidence.append({**piece, "rule": rule.name, **common})
    if not held:
        evidence = [{"what": "nothing_seen", "days": subject.days_there}]
    return Inferred(
        subject.account_id,
        subject,
        code,
        round(share, 4),
        tuple(evidence),
        tuple(rule.name for _, rule, _ in held),
        next((hit.next_job for _, _, hit in held if hit.next_job), ""),
        next((hit.rival for _, _, hit in held if hit.rival), ""),
        is_weak=not any(
            not weight.is_weak for _, rule, _ in held if (weight := weights.by_rule.get(rule.name))
        ),
    )


def _commonness(weight: Weight | None) -> dict[str, object]:
    if weight is None or not weight.of_leavers:
        return {}
    return {
        "left_with_it": [weight.leavers, weight.of_leavers],
        "stayed_with_it": [weight.stayers, weight.of_stayers],
    }


def _hits(seen: Seen, rules: Sequence[Rule], norms: Norms) -> list[tuple[Rule, Hit]]:
    return [(rule, hit) for rule in rules if (hit := rule.check(seen, norms))]


def _strengths(
    seen: list[Seen], rules: Sequence[Rule], norms: Norms
) -> tuple[np.ndarray, np.ndarray]:
    """A row for each: how strongly each rule holds; and days there, people, and their use."""
    strengths = np.zeros((len(seen), len(rules)))
    beside = np.zeros((len(seen), 3))
    for row, each in enumerate(seen):
        for column, rule in enumerate(rules):
            hit = rule.check(each, norms)
            strengths[row, column] = hit.strength if hit else 0.0
        busy = each.days_before / max(len(each.people), 1)
        beside[row] = (each.subject.days_there, len(each.people), busy)
    return strengths, beside
