"""A worth file's text, read: every mistake with its place and what to do about it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tenure.base.ids import digest
from tenure.definitions.toml_file import Fields
from tenure.reasons.review_models import Worth
from tenure.reasons.taxonomy_file import LANGUAGES
from tenure.reasons.taxonomy_parts import Texts
from tenure.segments.condition import Condition
from tenure.segments.in_field import condition_in
from tenure.segments.known import columns_of
from tenure.segments.of_one_card import counts_events
from tenure.segments.vocabulary import ACCOUNT, Vocabulary

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PLACES = frozenset({"account", "question"})
_PLACE = re.compile(r"\{([^{}]*)\}")
# Words that ask for pity. A mail asks one question, and names the way to say no.
SENTIMENTAL = re.compile(
    r"\b(sorry|sad) to see you|\bmiss(ing)? you\b|\bbreaks? our hearts?\b|\bheart-?broken\b"
    r"|\bplease come back\b|\bcome back to us\b|\bwe(’|'| a)re (so )?sad\b|\bin tears\b"
    r"|\bfarewell\b|舍不得|捨不得|想念|难过|難過|心碎|不要走|别走|別走|回来吧|回來吧",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who it fits gets its verdict. What is None fits everybody."""

    verdict: str
    reasons: frozenset[str]
    follow_ups: frozenset[str] | None
    next_jobs: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be tried, and what shows that it was."""

    code: str
    title: Texts
    kinds: frozenset[str]  # of offers
    acts: frozenset[str]
    reasons: frozenset[str]  # empty: any


@dataclass(frozen=True, slots=True)
class Question:
    text: Texts
    reasons: frozenset[str]  # empty: everybody


@dataclass(frozen=True, eq=False)
class WorthRules:
    """What `worth.toml` says; `digest` names this version for ever."""

    digest: str
    languages: tuple[str, ...]
    hours_a_week: float
    hours_a_case: float
    months: int
    gross_margin_share: float
    hour_cost_minor: Mapping[str, int]
    left_within_days: int
    abandoned_within_days: int
    within_days: int
    too_few: int
    fits: Condition | None
    does_not_fit: Condition | None
    call_after_days: int
    visit_after_days: int
    visit_from_margin_minor: int
    mail_subject: Texts
    mail_text: Texts
    rules: tuple[Rule, ...]
    measures: tuple[Measure, ...]
    questions: tuple[Question, ...]

    @property
    def cases_a_week(self) -> int:
        """How many accounts the team can take up in a week."""
        return int(self.hours_a_week / self.hours_a_case)

    def questions_for(self, reason: str) -> list[Question]:
        """Those of the reason first, then those of everybody."""
        own = [each for each in self.questions if reason in each.reasons]
        return own + [each for each in self.questions if not each.reasons]

    def measures_for(self, reason: str) -> list[Measure]:
        """Those that answer the reason, and those that answer any."""
        return [each for each in self.measures if not each.reasons or reason in each.reasons]


@lru_cache(maxsize=8)
def read_worth(text: str, where: str) -> WorthRules:
    """The rules that the text describes. Raises BadDefinition for the first mistake."""
    top = Fields.of(text, where)
    languages = tuple(top.texts("languages", LANGUAGES))
    capacity, value = top.table("capacity"), top.table("value")
    listed, fit, ladder = top.table("list"), top.table("fit"), top.table("ladder")
    mail = ladder.table("mail")
    rules = WorthRules(
        digest=digest(text),
        languages=languages,
        hours_a_week=_above_zero(capacity, "hours_a_week", 8.0),
        hours_a_case=_above_zero(capacity, "hours_a_case", 1.5),
        months=value.whole("months", 12, least=1, most=120),
        gross_margin_share=_share(value, "gross_margin_share", 0.8),
        hour_cost_minor=_costs(value),
        left_within_days=listed.whole("left_within_days", 90, least=1, most=3650),
        abandoned_within_days=listed.whole("abandoned_within_days", 30, least=1, most=365),
        within_days=listed.whole("within_days", 180, least=7, most=1095),
        too_few=listed.whole("too_few", 20, least=1, most=10_000),
        fits=_condition(fit, "fits"),
        does_not_fit=_condition(fit, "does_not_fit"),
        call_after_days=ladder.whole("call_after_days", 4, least=1, most=90),
        visit_after_days=ladder.whole("visit_after_days", 10, least=1, most=180),
        visit_from_margin_minor=ladder.whole("visit_from_margin_minor", 0),
        mail_subject=_mail(mail, "subject", languages),
        mail_text=_mail(mail, "text", languages),
        rules=tuple(_rule(each) for each in top.tables("rule")),
        measures=_measures(top.tables("measure"), languages),
        questions=tuple(
            Question(each.translated("text", languages), frozenset(each.texts("reasons", ())))
            for each in top.tables("question")
        ),
    )
    top.done()
    return rules


def _above_zero(each: Fields, field: str, default: float) -> float:
    value = each.number(field, default)
    if not 0 < value < 10_000:
        raise each.refuse(field, f"{value} is no number of hours; write one above 0")
    return value


def _share(each: Fields, field: str, default: float) -> float:
    value = each.number(field, default)
    if not 0 < value <= 1:
        raise each.refuse(field, f"{value} is no share; write one above 0 and at most 1")
    return value


def _costs(value: Fields) -> dict[str, int]:
    table = value.table("hour_cost_minor")
    for currency in table.values:
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise table.refuse(currency, "this is no currency; write one as EUR = 6000")
    return {currency: table.whole(currency) for currency in table.values}


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    return Vocabulary(ACCOUNT, columns_of(ACCOUNT))


def _condition(each: Fields, field: str) -> Condition | None:
    condition = condition_in(each, field, _vocabulary())
    if condition is not None and counts_events(condition):
        raise each.refuse(field, "did() and last() are not on the card; ask its columns alone")
    return condition


def _mail(each: Fields, field: str, languages: tuple[str, ...]) -> Texts:
    """The words of the mail: without pity, and with known places alone."""
    texts = each.translated(field, languages)
    for language, words in texts.items():
        for place in _PLACE.findall(words):
            if place not in _PLACES:
                raise each.refuse(
                    f"{field}.{language}",
                    f"there is no {{{place}}}; use {{account}} and {{question}}",
                )
        found = sentimental_words(words)
        if found:
            raise each.refuse(
                f"{field}.{language}",
                f"{found!r} asks for pity; ask a question, and say that no is an answer",
            )
    return texts


def sentimental_words(words: str) -> str:
    """The first words of it that ask for pity; empty where none do."""
    found = SENTIMENTAL.search(words)
    return found.group() if found else ""


def _rule(each: Fields) -> Rule:
    verdicts = [code for code in Worth.values if code != Worth.TOO_SMALL]
    return Rule(
        verdict=each.text("verdict", among=verdicts),
        reasons=frozenset(each.texts("reasons")),
        follow_ups=_maybe(each, "follow_ups"),
        next_jobs=_maybe(each, "next_jobs"),
    )


def _maybe(each: Fields, field: str) -> frozenset[str] | None:
    """The codes; an empty one stands for whoever said nothing. None where the field is absent."""
    if field not in each.values:
        return None
    values = each.values[field]
    each.known(field)
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise each.refuse(field, 'write a list of codes, as ["own_tool"]; "" is who said nothing')
    return frozenset(values)


def _measures(tables: Iterable[Fields], languages: tuple[str, ...]) -> tuple[Measure, ...]:
    measures: list[Measure] = []
    for each in tables:
        code = each.text("code")
        if not _SLUG.fullmatch(code) or code in {one.code for one in measures}:
            raise each.refuse("code", f"{code!r} is no code, or taken; use a-z, 0-9 and _")
        kinds, acts = each.texts("kinds", ()), each.texts("acts", ())
        if not kinds and not acts:
            raise each.refuse("kinds", "say what shows that it was tried: kinds, or acts")
        measures.append(
            Measure(
                code,
                each.translated("title", languages),
                frozenset(kinds),
                frozenset(acts),
                frozenset(each.texts("reasons", ())),
            )
        )
    return tuple(measures)
