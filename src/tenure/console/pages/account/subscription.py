"""What an account holds now and on which terms: price against list, seats, renewal, payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.console import format as written

SOON_DAYS = 30  # within which a card's end or a renewal is near


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to know of what it holds. `column` is of the card; `is_late` needs somebody."""

    column: str
    title: str
    value: str
    note: str = ""
    is_late: bool = False


def terms(values: Mapping[str, object], currency: str) -> list[Term]:
    """What is known; what does not apply to it is left out."""
    said = Said(values, currency)
    found = [
        said.price(),
        said.seats(),
        said.renewal(),
        said.notice(),
        said.trial(),
        said.pause(),
        said.unpaid(),
        said.card(),
    ]
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class Said:
    """The values of a card, each as a term."""

    values: Mapping[str, object]
    currency: str

    def price(self) -> Term | None:
        share, listed = self._float("price_to_list_share"), self._int("list_price_minor")
        if share is None or listed is None:
            return None
        title, value = _("Against list price"), written.share(share, 0)
        full = written.money(listed, self.currency)
        note = _("list price is %(amount)s a month") % {"amount": full}
        return Term("price_to_list_share", title, value, note)

    def seats(self) -> Term | None:
        seats = self._int("seats")
        if seats is None:
            return None
        members, active = self._int("members") or 0, self._int("people_active_28_days") or 0
        note = _("%(members)s given to somebody, %(active)s used in 28 days") % {
            "members": written.number(members),
            "active": written.number(active),
        }
        is_over = members > seats
        return Term("seats_active_share", _("Seats"), written.number(seats), note, is_over)

    def renewal(self) -> Term | None:
        days = self._int("days_until_renewal")
        if days is None:
            return None
        return Term("renews_on", _("Billed anew on"), self._day("renews_on"), _in_days(days))

    def notice(self) -> Term | None:
        ends = self.values.get("ends_on")
        if ends is None or self.values.get("status") == "left":
            return None
        days = self._int("days_until_end")
        note = _in_days(days) if days is not None else ""
        return Term("ends_on", _("Ends on"), self._day("ends_on"), note, True)

    def trial(self) -> Term | None:
        days = self._int("days_until_trial_end")
        if days is None:
            return None
        return Term("trial_ends_on", _("Trial ends on"), self._day("trial_ends_on"), _in_days(days))

    def pause(self) -> Term | None:
        if not self.values.get("is_paused"):
            return None
        resumes = self.values.get("resumes_on")
        note = _("resumes on %(day)s") % {"day": self._day("resumes_on")} if resumes else ""
        return Term("is_paused", _("Paused"), _("yes"), note)

    def unpaid(self) -> Term | None:
        failed = self._int("payments_failed_90_days") or 0
        if self.values.get("has_unpaid"):
            since = _("since %(day)s") % {"day": self._day("unpaid_since_on")}
            return Term("has_unpaid", _("Owes us"), _("yes"), since, True)
        if not failed:
            return None
        times = ngettext("%(n)s failed payment", "%(n)s failed payments", failed)
        value = times % {"n": written.number(failed)}
        return Term("payments_failed_90_days", _("Payment"), value, _("in 90 days, paid since"))

    def card(self) -> Term | None:
        on = self.values.get("card_expires_on")
        if not isinstance(on, date):
            return None
        days = self._int("days_until_card_expires")
        note = _("expired") if days is None else _in_days(days)
        is_late = days is None or days <= SOON_DAYS
        return Term("card_expires_on", _("Card expires on"), written.day(on), note, is_late)

    def _int(self, name: str) -> int | None:
        value = self.values.get(name)
        return int(value) if isinstance(value, int | float) else None

    def _float(self, name: str) -> float | None:
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else None

    def _day(self, name: str) -> str:
        value = self.values.get(name)
        return written.day(value) if isinstance(value, date) else written.MISSING


def _in_days(days: int) -> str:
    if not days:
        return _("today")
    return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": written.number(days)}
