"""Why an offer does not fit, as codes; `docs/offers.md` has the words and the reasons.

The sentences are for who runs Tenure: the console and `tenure offers try` show them.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Unfit(Exception):
    """An offer does not fit here. `code` is one of WHY_NOT."""

    def __init__(self, code: str) -> None:
        assert code in WHY_NOT, code
        super().__init__(code)
        self.code = code


WHY_NOT: dict[str, Promise] = {
    "not_enabled": _("The book says enabled = false"),
    "not_allowed": _("The host's token, or the flow, does not name it"),
    "leaving": _("Notice was given: from then on nothing is offered to stay"),
    "not_here": _("It is not for this occasion"),
    "discount_on_intent": _("Thinking of leaving is no reason for a discount"),
    "condition": _("Its condition does not hold"),
    "condition_unknown": _("Its condition asks what is not known of this account"),
    "segment": _("The account is in none of its segments"),
    "reason": _("It does not answer this reason"),
    "follow_up": _("It does not answer what followed the reason"),
    "pays_nothing": _("The account pays nothing that could be less"),
    "prepaid": _("It has paid for longer than this would last"),
    "not_whole_bills": _("It would end in the middle of what one bill is for"),
    "price_not_known": _("It is not billed by the month, and what a bill comes to is not known"),
    "price_by_month": _("It is not billed by the month, and the words name prices of a month"),
    "already_paused": _("It is paused already"),
    "no_cheaper_plan": _("There is no plan that costs less"),
    "use_does_not_fit": _("What it uses would not fit into a cheaper plan"),
    "use_not_known": _("It is not known how much it uses of what a cheaper plan limits"),
    "not_in_trial": _("It is not in a trial"),
    "no_recent_payment": _("It has paid nothing lately that could be paid back"),
    "discount_running": _("It pays less than the list price already"),
    "no_first_value": _("It never reached first value, and the offer holds no plan to get there"),
    "no_step": _("There is no next step that could be agreed on in return"),
    "below_margin_floor": _("What would be left of the price is below the margin floor"),
    "no_currency": _("The book says no amount in the account's currency"),
    "cooldown": _("It had something of the kind not long ago"),
    "habit": _("It has come to the way out for a lower price before"),
    "budget_account": _("What may be given to one account in a year is used up"),
    "budget_all": _("What may be given to all in this month is used up"),
    "time_taken": _("Somebody else took this time a moment ago"),
}
