"""Signals in words: what happened, what shows it, what to do next. Made when they are shown.

Evidence names people by their ids; `name_of` gives what to call them instead.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from tenure.signals.models import Signal

NameOf = Callable[[str], str]

KIND_NAMES = {
    "cancel_intent": gettext_lazy("Thinks of leaving"),
    "near_limit": gettext_lazy("Near a limit"),
    "gone_quiet": gettext_lazy("Gone quiet"),
    "paid_feature_unused": gettext_lazy("Pays for what is not used"),
    "stuck_at_step": gettext_lazy("Stuck on the way to first value"),
    "champion_left": gettext_lazy("Champion left"),
    "person_at_new_company": gettext_lazy("Known person at a new company"),
    "payment_trouble": gettext_lazy("Payment trouble"),
    "hand_over": gettext_lazy("In new hands"),
    "conversation_silence": gettext_lazy("Stopped talking"),
    "account_acquired_or_closing": gettext_lazy("Company acquired or closing"),
}
URGENCY_NAMES = {
    "now": gettext_lazy("Now"),
    "soon": gettext_lazy("Soon"),
    "watch": gettext_lazy("Keep an eye on it"),
}
_NEXT = {
    "call_before_they_decide": gettext_lazy("Call them before they decide, and ask what changed."),
    "answer_and_ask_why": gettext_lazy("Answer today, and ask why."),
    "follow_up_the_call": gettext_lazy("Follow up the call with what was asked for."),
    "ask_what_the_export_is_for": gettext_lazy("Ask what the export is for."),
    "help_them_on": gettext_lazy("Help them towards what they came for, and offer no discount."),
    "ask_about_the_widget": gettext_lazy("Ask whether the widget was taken off their site."),
    "offer_more_room": gettext_lazy("Offer more room before they are stopped."),
    "talk_about_room": gettext_lazy("Tell them what they have left, and what more would cost."),
    "ask_what_changed": gettext_lazy("Ask what changed: a project, a person, or their mind."),
    "show_the_feature": gettext_lazy("Show them the feature on their own data."),
    "take_the_step": gettext_lazy("Take the step with them."),
    "find_the_next_champion": gettext_lazy("Find out who takes over, and meet them this week."),
    "reach_the_champion": gettext_lazy("Reach them, or who works in their place."),
    "greet_and_ask_for_an_introduction": gettext_lazy(
        "Greet them, and ask who decides at the new company."
    ),
    "help_to_pay": gettext_lazy("Help them to pay: send the link, ask whom to send it to."),
    "ask_for_a_new_card": gettext_lazy("Ask for a new card."),
    "start_over_with_the_new_people": gettext_lazy(
        "Show the new people what the product is for, as if they had just signed up."
    ),
    "start_a_conversation": gettext_lazy("Start a conversation with something they asked before."),
    "ask_who_takes_over": gettext_lazy("Ask who takes over, and for an introduction."),
    "find_the_new_owner": gettext_lazy("Find out who owns the domain now."),
    "find_where_they_went": gettext_lazy(
        "Find out where the people went, and write to them there."
    ),
}
_RESOLVED = {
    "back": gettext_lazy("They are back."),
    "paid": gettext_lazy("The payment came."),
    "merged": gettext_lazy("The account was merged into another one."),
    "taken_back": gettext_lazy("The failed payment was taken back."),
    "new_card": gettext_lazy("There is a new card."),
    "used": gettext_lazy("Everything has been used by now."),
    "plan_changed": gettext_lazy("The plan changed."),
    "plan_ended": gettext_lazy("The plan ended."),
    "step_reached": gettext_lazy("The step was taken."),
    "below_limit": gettext_lazy("There is room again."),
    "next_threshold": gettext_lazy("The next threshold was reached."),
    "new_period": gettext_lazy("A new period began."),
    "talking_again": gettext_lazy("They talk again."),
    "widget_alive_again": gettext_lazy("The widget is alive again."),
    "subscription_ended": gettext_lazy("The subscription ended."),
    "no_longer_so": gettext_lazy("What is known by now says otherwise."),
}


def kind_name(kind: str) -> str:
    """A kind for people; a declared one by its name."""
    return str(KIND_NAMES.get(kind, kind.replace("_", " ").capitalize()))


def title(signal: Signal) -> str:
    """What happened, in a line, without the account's name."""
    said = _TITLES.get(signal.kind)
    if said is None:
        return str(signal.params.get("title") or kind_name(signal.kind))
    return said(signal.params, signal.topic)


def next_sentence(signal: Signal) -> str:
    """The next thing to do; "" when a declared kind names none."""
    if signal.next_step in ("declared", "take_the_step") and signal.params.get("next"):
        return str(signal.params["next"])
    return str(_NEXT.get(signal.next_step, ""))


def resolved_sentence(signal: Signal) -> str:
    """Why it ended by itself; "" while it stands."""
    return str(_RESOLVED.get(signal.resolved_because, signal.resolved_because))


def evidence_sentences(
    signal: Signal, *, name_of: NameOf = str, time_zone: str = "UTC"
) -> list[str]:
    """What shows it, one sentence for each piece of evidence, the first first."""
    zone = ZoneInfo(time_zone)
    return [
        said(_Read(each, name_of, zone))
        if (said := _EVIDENCE.get(each.get("what", "")))
        else str(each.get("what", ""))
        for each in signal.evidence
    ]


class _Read:
    """One piece of evidence, its values as they are shown."""

    def __init__(self, evidence: dict[str, Any], name_of: NameOf, zone: ZoneInfo) -> None:
        self._evidence, self._name_of, self._zone = evidence, name_of, zone

    def __getitem__(self, name: str) -> Any:
        value = self._evidence.get(name, "")
        if name == "at" and value:
            local = datetime.fromisoformat(value).astimezone(self._zone)
            return _day(local)
        if name == "expires_on" and value:
            return _day(date.fromisoformat(value))
        if name == "person_id":
            return self._name_of(value) if value else _("Somebody")
        if name == "people":
            return ", ".join(self._name_of(each) for each in value)
        return value

    def number(self, name: str) -> int:
        value = self._evidence.get(name)
        return int(value) if isinstance(value, int | float) else 0


def _day(value: date) -> str:
    """`Oct 31, 2026`, as on the pages."""
    is_chinese = (get_language() or "").startswith("zh")
    return date_format(value, "Y年n月j日" if is_chinese else "M j, Y")


def _intent_title(params: dict[str, Any], topic: str) -> str:
    return {
        "page": _("Somebody looked at cancelling"),
        "export": _("The account's data were exported"),
        "words": _("Somebody wrote of leaving"),
        "noted": _("A call says that they may leave"),
        "visit": _("Somebody began to leave, and did not finish"),
        "silent": _("The widget on their site is silent"),
    }.get(str(params.get("what")), _("Somebody thinks of leaving"))


def _limit_title(params: dict[str, Any], topic: str) -> str:
    name = str(params.get("title") or topic)
    if params.get("percent", 0) >= 100:
        return _("At the limit: %(limit)s") % {"limit": name}
    return _("%(percent)s%% of a limit used: %(limit)s") % {
        "percent": params.get("percent"),
        "limit": name,
    }


def _quiet_title(params: dict[str, Any], topic: str) -> str:
    days = int(params.get("silent_days", 0))
    return ngettext(
        "Nobody was there for %(days)s day", "Nobody was there for %(days)s days", days
    ) % {"days": days}


def _payment_title(params: dict[str, Any], topic: str) -> str:
    if topic == "card":
        until = params.get("expires_on")
        if not until:
            return _("A card expires")
        return _("The card is valid until %(day)s") % {"day": _day(date.fromisoformat(until))}
    return _("A payment failed")


def _step_title(params: dict[str, Any], topic: str) -> str:
    return _("Stuck before a step: %(step)s") % {"step": params.get("step") or topic}


def _unused_title(params: dict[str, Any], topic: str) -> str:
    features = ", ".join(str(each) for each in params.get("features", []))
    return _("Paid for and never used: %(features)s") % {"features": features}


_TITLES: dict[str, Callable[[dict[str, Any], str], str]] = {
    "cancel_intent": _intent_title,
    "near_limit": _limit_title,
    "gone_quiet": _quiet_title,
    "paid_feature_unused": _unused_title,
    "stuck_at_step": _step_title,
    "champion_left": lambda params, topic: (
        _("The most active person left")
        if params.get("because")
        else _("The most active person stays away")
    ),
    "person_at_new_company": lambda params, topic: _("Somebody we know turned up here"),
    "payment_trouble": _payment_title,
    "hand_over": lambda params, topic: _("Those who use it did not choose it"),
    "conversation_silence": lambda params, topic: _("They stopped talking to us"),
    "account_acquired_or_closing": lambda params, topic: _("The company may close or be sold"),
}

# Evidence: code -> sentence.
_EVIDENCE: dict[str, Callable[[_Read], str]] = {
    "page": lambda e: (
        _("%(at)s: %(person)s: %(what)s")
        % {"at": e["at"], "person": e["person_id"], "what": e["page"] or e["name"]}
    ),
    "export": lambda e: (
        _("%(at)s: %(person)s exported data (%(name)s).")
        % {"at": e["at"], "person": e["person_id"], "name": e["name"]}
    ),
    "words": lambda e: (
        _("%(at)s: %(person)s wrote “%(said)s”.")
        % {"at": e["at"], "person": e["person_id"], "said": e["said"]}
    ),
    "noted": lambda e: _("%(at)s: noted from a call or a note.") % {"at": e["at"]},
    "visit": lambda e: (
        _("%(at)s: %(person)s opened the cancel flow, and did not finish.")
        % {"at": e["at"], "person": e["person_id"]}
    ),
    "silent": lambda e: (
        ngettext(
            "The widget %(widget)s was last alive on %(at)s, %(days)s day ago.",
            "The widget %(widget)s was last alive on %(at)s, %(days)s days ago.",
            e.number("days"),
        )
        % {"widget": e["widget"], "at": e["at"], "days": e["days"]}
    ),
    "event": lambda e: (
        _("%(at)s: %(person)s: %(name)s")
        % {"at": e["at"], "person": e["person_id"], "name": e["name"]}
    ),
    "count": lambda e: (
        _("%(count)s of %(at_most)s on %(at)s.")
        % {"count": e["count"], "at_most": e["at_most"], "at": e["at"]}
    ),
    "last_day": lambda e: _("Last there on %(at)s.") % {"at": e["at"]},
    "rhythm": lambda e: (
        ngettext(
            "A silence of more than %(days)s day is unusual for them.",
            "A silence of more than %(days)s days is unusual for them.",
            e.number("usual_days"),
        )
        % {"days": e["usual_days"]}
    ),
    "plan_taken": lambda e: (
        _("The plan %(plan)s was taken on %(at)s.") % {"plan": e["plan"], "at": e["at"]}
    ),
    "never_used": lambda e: _("Never used: %(title)s.") % {"title": e["title"]},
    "first_use": lambda e: _("First there on %(at)s.") % {"at": e["at"]},
    "step_before": lambda e: _("%(step)s: reached on %(at)s.") % {"step": e["step"], "at": e["at"]},
    "step_missing": lambda e: (
        ngettext(
            "%(step)s: not reached within %(days)s day.",
            "%(step)s: not reached within %(days)s days.",
            e.number("days"),
        )
        % {"step": e["step"], "days": e["days"]}
    ),
    "was_champion": lambda e: (
        _("%(person)s was there on %(days)s of %(over)s days.")
        % {"person": e["person_id"], "days": e["active_days"], "over": e["over_days"]}
    ),
    "said_gone": lambda e: _("%(at)s: %(name)s.") % {"at": e["at"], "name": e["name"]},
    "silent_while_others_work": lambda e: (
        _("Last there on %(at)s; others were there on %(others)s days since.")
        % {"at": e["at"], "others": e["others_days"]}
    ),
    "was_in": lambda e: (
        _("Last active in %(account)s on %(at)s.") % {"account": e["account_id"], "at": e["at"]}
    ),
    "seen_here": lambda e: (
        _("%(person)s was first here on %(at)s.") % {"person": e["person_id"], "at": e["at"]}
    ),
    "payment_failed": lambda e: _("A payment failed on %(at)s.") % {"at": e["at"]},
    "past_due": lambda e: _("Past due since %(at)s.") % {"at": e["at"]},
    "card_expires": lambda e: _("The card expires on %(day)s.") % {"day": e["expires_on"]},
    "chose_it": lambda e: (
        _("Chose it: %(people)s; last there on %(at)s.") % {"people": e["people"], "at": e["at"]}
    ),
    "use_it_now": lambda e: _("Use it now: %(people)s.") % {"people": e["people"]},
    "last_talk": lambda e: (
        ngettext(
            "They last talked to us on %(at)s; more than %(days)s day is unusual.",
            "They last talked to us on %(at)s; more than %(days)s days is unusual.",
            e.number("usual_days"),
        )
        % {"at": e["at"], "days": e["usual_days"]}
    ),
    "domain": lambda e: (
        _("%(at)s: their domain redirects to %(to)s.") % {"at": e["at"], "to": e["to"]}
    ),
    "bouncing": lambda e: (
        _("%(at)s: mail to %(count)s of their people comes back.")
        % {"at": e["at"], "count": e["count"]}
    ),
}
