"""Evidence in words: dates, figures, and how much it tells in this company. Made when it is shown.

Evidence names people by their ids; `name_of` gives what to call them, `money_of` how an amount is
written.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tenure.base.money import exponent

NameOf = Callable[[str], str]
MoneyOf = Callable[[int, str], str]

STRENGTHS = {
    "strong": gettext_lazy("Strong evidence"),
    "some": gettext_lazy("Some evidence"),
    "weak": gettext_lazy("Weak evidence"),
}
# What a piece says; the names are its fields.
_SAID = {
    "steps_missing": gettext_lazy(
        "First value was not reached: %(done)s of %(of)s steps were done; missing: %(steps)s"
    ),
    "outcome_parts_unused": gettext_lazy(
        "They wanted “%(outcome)s” and never used what it needs: %(unused)s"
    ),
    "step_slow": gettext_lazy(
        "“%(step)s” took %(days)s days, where %(within_days)s should be enough"
    ),
    "set_up_failed": gettext_lazy("%(name)s, %(times)s times in 120 days"),
    "failed": gettext_lazy("%(name)s, %(times)s times in 120 days"),
    "limit_met": gettext_lazy("%(name)s, %(times)s times in 90 days"),
    "few_people": gettext_lazy(
        "In the last 28 days %(people)s people used it, and %(seats)s seats were paid for"
    ),
    "people_fell": gettext_lazy(
        "In the last 28 days %(people)s people used it, in the three months before %(before)s"
    ),
    "champion_gone": gettext_lazy("%(person)s, who used it most, was not seen any more"),
    "champion_removed": gettext_lazy("%(person)s, who used it most, went (%(sign)s)"),
    "buyer_silent": gettext_lazy(
        "%(person)s, who bought it, was last there %(days)s days before; others who went on with"
        " it: %(others)s"
    ),
    "people_went": gettext_lazy("%(people)s of %(of)s people went within 120 days"),
    "use_fell": gettext_lazy(
        "Days of use, counted for each person, fell to %(days)s in 28 days, from %(before)s"
    ),
    "outage": gettext_lazy("%(title)s, in what they use"),
    "outage_over": gettext_lazy("%(title)s for %(hours)s hours, in what they use"),
    "ticket_about": gettext_lazy("A ticket: “%(subject)s”"),
    "answered_late": gettext_lazy(
        "They waited %(hours)s hours for an answer; the median of %(tickets)s tickets was"
        " %(median_hours)s"
    ),
    "ticket_rated": gettext_lazy("A ticket was rated %(rating)s: “%(subject)s”"),
    "ticket_unsolved": gettext_lazy("A ticket was closed without a solution: “%(subject)s”"),
    "promise_broken": gettext_lazy("We did not keep: %(text)s"),
    "asked_for": gettext_lazy("They asked for it: “%(text)s”"),
    "said": gettext_lazy("They wrote: “%(text)s”"),
    "dear_for_use": gettext_lazy(
        "They paid %(mrr_minor)s a month, and %(people)s people used it; those who stay pay"
        " %(usual_minor)s for each person"
    ),
    "price_rose": gettext_lazy(
        "The price of a seat rose from %(before_minor)s to %(after_minor)s a month"
    ),
    "seats_cut": gettext_lazy("Seats were cut from %(before)s to %(after)s"),
    "payment_failed": gettext_lazy("Payments failed and were not made good: %(times)s"),
    "paused": gettext_lazy("They paused: %(times)s times within 14 months"),
    "mail_came_back": gettext_lazy("Mail to %(people)s people came back"),
    "domain_moved": gettext_lazy("Their domain %(domain)s leads to %(to)s"),
    "rival_named": gettext_lazy("They named %(rival)s: “%(text)s”"),
    "rival_meant": gettext_lazy("They wrote of another product: “%(text)s”"),
    "nothing_seen": gettext_lazy("Nothing that was seen explains it (%(days)s days with us)"),
}
_COMMON = gettext_lazy(
    "So it was with %(left)s%% of those who left, and %(stayed)s%% of those who stayed."
)


def plain_money(minor: int, currency: str) -> str:
    """`12.00 EUR`: for where nobody formats by language."""
    digits = exponent(currency)
    return f"{minor / 10**digits:.{digits}f} {currency}"


def evidence_sentence(
    evidence: Mapping[str, Any],
    *,
    name_of: NameOf = str,
    money_of: MoneyOf = plain_money,
    time_zone: str = "UTC",
) -> str:
    """What one piece of evidence says, with its day."""
    said = _SAID.get(str(evidence.get("what")))
    if said is None:
        return str(evidence.get("what", ""))
    read = _Read(evidence, name_of, money_of, ZoneInfo(time_zone))
    text = str(said) % read
    return _("%(day)s: %(text)s") % {"day": read.day, "text": text} if read.day else text


def commonness_sentence(evidence: Mapping[str, Any]) -> str:
    """How much it tells here: seen of how many who left, and of how many who stayed; or empty."""
    left, stayed = evidence.get("left_with_it"), evidence.get("stayed_with_it")
    if not left or not stayed or not left[1] or not stayed[1]:
        return ""
    return str(_COMMON) % {
        "left": round(100 * left[0] / left[1]),
        "stayed": round(100 * stayed[0] / stayed[1]),
    }


class _Read:
    """One piece of evidence, its values as they are shown: what `%` asks by name."""

    def __init__(
        self, evidence: Mapping[str, Any], name_of: NameOf, money_of: MoneyOf, zone: ZoneInfo
    ) -> None:
        self._evidence, self._name_of = evidence, name_of
        self._money_of, self._zone = money_of, zone

    def __getitem__(self, name: str) -> str:
        value = self._evidence.get(name)
        if name == "person":
            return self._name_of(str(value)) if value else _("Somebody")
        if name.endswith("_minor"):
            return self._money_of(int(value or 0), str(self._evidence.get("currency") or "EUR"))
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "" if value is None else str(value)

    @property
    def day(self) -> str:
        at = self._evidence.get("at")
        if not isinstance(at, str) or not at:
            return ""
        local = datetime.fromisoformat(at).astimezone(self._zone)
        is_chinese = (get_language() or "").startswith("zh")
        return date_format(local, "Y年n月j日" if is_chinese else "M j, Y")
