"""Why a kind of signal is raised, in a few words, with the thresholds in force."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.signals.models import Signal
from tenure.signals.rules import Rules


@dataclass(frozen=True, slots=True)
class Rule:
    """`href` leads to where what the rule asks for is declared; empty where nothing is."""

    sentence: str
    href: str = ""
    where: str = ""


def rule_of(signal: Signal, rules: Rules) -> Rule:
    """The rule as it is now; the signal may have been raised under an earlier one."""
    words, numbers = _words(signal.kind, rules)
    sentence = words % numbers if words else _declared(signal.kind, rules)
    if signal.kind in ("near_limit", "stuck_at_step", "paid_feature_unused", "cancel_intent"):
        return Rule(sentence, reverse("product"), _("Product"))
    return Rule(sentence)


def _words(kind: str, rules: Rules) -> tuple[str, dict[str, Any]]:
    """A sentence of one kind with the names of its thresholds, and their values."""
    match kind:
        case "cancel_intent":
            return _of_intent(rules)
        case "near_limit":
            at = [f"{each} %" for each in rules.near_limit.at_percent]
            return _(
                "Use of a limit of the plan crossed %(at)s of what it allows. Each threshold tells "
                "once in a period."
            ), {"at": written.listed(at)}
        case "gone_quiet":
            return _of_silence(rules)
        case "paid_feature_unused":
            return _(
                "The plan has features beyond cheaper ones that nobody there has used in the %(n)s "
                "days since it was taken."
            ), {"n": rules.paid_feature_unused.after_days}
        case "stuck_at_step":
            return _(
                "The next step on the way to first value was not taken in the days that it is "
                "given."
            ), {}
        case "champion_left":
            return _of_champion(rules)
    return _words_of_others(kind, rules)


def _words_of_others(kind: str, rules: Rules) -> tuple[str, dict[str, Any]]:
    match kind:
        case "person_at_new_company":
            return _(
                "Somebody who used the product for %(n)s days in one account, and is gone from it, "
                "turned up in another."
            ), {"n": rules.person_at_new_company.least_days}
        case "payment_trouble":
            days = [str(each) for each in rules.payment_trouble.card_days]
            return _(
                "A payment failed and none has come since, or a card expires in %(days)s days."
            ), {"days": written.listed(days)}
        case "hand_over":
            own = rules.hand_over
            return _(
                "Those who were there in the first %(first)s days have not been there for "
                "%(silent)s days, and others use it now."
            ), {"first": own.founding_days, "silent": own.silent_days}
        case "conversation_silence":
            own = rules.conversation_silence
            return _(
                "An account that used to talk to us is silent for longer than its own rhythm makes "
                "likely: less than %(likely)s %% of its pauses are as long, and at least %(n)s "
                "days."
            ), {"likely": f"{own.likely_percent:g}", "n": own.least_silence_days}
        case "account_acquired_or_closing":
            return _(
                "Somebody wrote or noted that the company is sold or closes, its domain redirects, "
                "or mail to %(n)s of its people came back."
            ), {"n": rules.account_acquired_or_closing.bounced_people}
    return "", {}


def _of_intent(rules: Rules) -> tuple[str, dict[str, Any]]:
    return _(
        "Any of these: the cancel page was seen or its button touched, an event that you declared, "
        "an export of all data, words of leaving in a ticket, chat or call, or a widget on their "
        "site that fell silent. What follows within %(n)s days joins the same signal."
    ), {"n": rules.cancel_intent.joins_within_days}


def _of_silence(rules: Rules) -> tuple[str, dict[str, Any]]:
    own = rules.gone_quiet
    return _(
        "Nobody was there for longer than the account's own rhythm makes likely: less than "
        "%(likely)s %% of its pauses are as long, and at least %(n)s whole days."
    ), {"likely": f"{own.likely_percent:g}", "n": own.least_silence_days}


def _of_champion(rules: Rules) -> tuple[str, dict[str, Any]]:
    own = rules.champion_left
    return _(
        "Whoever was there on the most days of the last %(over)s was removed, their mail came "
        "back, or they have been silent for %(n)s days while others went on."
    ), {"over": own.over_days, "n": own.least_silence_days}


def _declared(kind: str, rules: Rules) -> str:
    for each in rules.declared:
        if each.name == kind:
            return _("You declared this kind in signals.toml: %(title)s.") % {
                "title": each.title or kind
            }
    return _("This kind was declared in signals.toml, and is not there any more.")
