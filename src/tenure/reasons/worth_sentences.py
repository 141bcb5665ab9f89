"""Grounds of a verdict in words, what was tried and what was not, and the mail. Made when shown."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from tenure.reasons.inferring_sentences import MoneyOf, plain_money
from tenure.reasons.taxonomy_parts import words_in
from tenure.reasons.worth_file import Measure, WorthRules

Ground = Mapping[str, Any]
NameOf = Callable[[str], str]

CLOSED = {
    "came_back": gettext_lazy("They came back"),
    "stayed": gettext_lazy("They stayed, and nothing warns any more"),
    "too_late": gettext_lazy("They left too long ago"),
    "said_no": gettext_lazy("They said no"),
    "merged": gettext_lazy("The account was merged into another one"),
}


def ground_sentence(
    ground: Ground, *, reason_of: NameOf = str, money_of: MoneyOf = plain_money
) -> str:
    """What one ground says."""
    said = _SAID.get(str(ground.get("what")))
    return said(ground, reason_of, money_of) if said else str(ground.get("what", ""))


def _reason(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    title = reason_of(str(ground["reason"]))
    if ground.get("source") == "inferred":
        return _("What was seen says: %(reason)s.") % {"reason": title}
    return _("They said: %(reason)s.") % {"reason": title}


def _no_reason(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    return _("Why is not known: ask first.")


def _fit(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    if ground.get("is") is True:
        return _("It fits: the condition of worth.toml holds.")
    if ground.get("is") is False:
        return _("It does not fit: the condition of worth.toml says so.")
    if ground.get("by") == "unknown":
        return _("Whether it fits is not known: the card lacks what the condition asks for.")
    return _("Whether it fits is not asked: worth.toml has no condition for it.")


def _margin(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    minor, currency = int(ground["minor"]), str(ground.get("currency") or "")
    if not currency:
        return _("What it paid is not known.")
    return _("Margin of %(months)s months: %(amount)s.") % {
        "months": ground["months"],
        "amount": money_of(minor, currency),
    }


def _chance(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    words = {
        "part": ground["part"],
        "of": ground["of"],
        "low": round(100 * float(ground["low"])),
        "high": round(100 * float(ground["high"])),
        "days": ground["days"],
    }
    if ground.get("occasion") == "left":
        return (
            _(
                "Of %(of)s similar accounts that left, %(part)s came back within %(days)s days "
                "(%(low)s–%(high)s%% with 95%% confidence), whether or not anybody did anything."
            )
            % words
        )
    if ground.get("occasion") == "leaving":
        return (
            _(
                "Of %(of)s accounts that gave notice, %(part)s stayed after all "
                "(%(low)s–%(high)s%% with 95%% confidence), whether or not anybody did anything."
            )
            % words
        )
    return (
        _(
            "Of %(of)s accounts with such a signal, %(part)s had not decided to leave %(days)s "
            "days later (%(low)s–%(high)s%% with 95%% confidence), whether or not anybody did "
            "anything."
        )
        % words
    )


def _chance_unknown(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    of, needs = int(ground.get("of") or 0), int(ground.get("needs") or 0)
    return ngettext(
        "The chance cannot be told: %(of)s similar case, about %(needs)s more are needed.",
        "The chance cannot be told: %(of)s similar cases, about %(needs)s more are needed.",
        of,
    ) % {"of": of, "needs": needs}


def _effort(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    hours = f"{float(ground['hours']):g}"
    if "minor" in ground:
        return _("Effort: %(hours)s hours, %(amount)s.") % {
            "hours": hours,
            "amount": money_of(int(ground["minor"]), str(ground.get("currency") or "")),
        }
    return _("Effort: %(hours)s hours.") % {"hours": hours}


def _outcome(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    name = str(ground.get("title") or ground.get("outcome"))
    if ground.get("is_reached") is True:
        return _("They reached what they came for: %(outcome)s.") % {"outcome": name}
    if ground.get("is_reached") is False:
        return _("They did not reach what they came for: %(outcome)s.") % {"outcome": name}
    return _("They came for: %(outcome)s.") % {"outcome": name}


def _first_value(ground: Ground, reason_of: NameOf, money_of: MoneyOf) -> str:
    if ground.get("is_reached"):
        return _("They reached first value.")
    return _("They never reached first value: help towards it comes before any price.")


_SAID: Mapping[str, Callable[[Ground, NameOf, MoneyOf], str]] = {
    "reason": _reason,
    "no_reason": _no_reason,
    "fit": _fit,
    "margin": _margin,
    "chance": _chance,
    "chance_unknown": _chance_unknown,
    "effort": _effort,
    "outcome": _outcome,
    "first_value": _first_value,
}


def tried_pieces(grounds: Iterable[Ground]) -> list[Ground]:
    """The attempts that a verdict's grounds hold."""
    return [piece for each in grounds if each.get("what") == "tried" for piece in each["pieces"]]


def tried_and_not(
    tried: Iterable[Ground], rules: WorthRules, reason: str
) -> tuple[list[Measure], list[Measure]]:
    """Of what can be tried for this reason: what was, and what was not. `tried` are the pieces of
    a review sheet, or of the last half year.
    """
    kinds, acts = set[str](), set[str]()
    for piece in tried:
        acts.add(str(piece.get("what")))
        kinds.update(str(kind) for kind in piece.get("kinds") or ())
        kinds.add(str(piece.get("kind") or ""))
        if piece.get("what") == "rung" and piece.get("outcome") == "talked":
            acts.add("talked")
    done = [each for each in rules.measures_for(reason) if each.kinds & kinds or each.acts & acts]
    return done, [each for each in rules.measures_for(reason) if each not in done]


def mail_of(
    rules: WorthRules, account_name: str, reason: str, language: str = ""
) -> tuple[str, str]:
    """Subject and text of the mail: one question, no pity, and that no is an answer."""
    asked = language or get_language() or "en"
    questions = rules.questions_for(reason)
    question = words_in(questions[0].text, asked) if questions else ""
    said = {"{account}": account_name, "{question}": question}
    subject, text = words_in(rules.mail_subject, asked), words_in(rules.mail_text, asked)
    for place, words in said.items():
        subject, text = subject.replace(place, words), text.replace(place, words)
    return " ".join(subject.split()), text
