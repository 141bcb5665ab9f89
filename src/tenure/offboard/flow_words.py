"""The words of the screens: Tenure's own, which a flow may replace one by one in `[words]`.

A language that Tenure does not speak (de, fr, ar) needs them all from the flow; the linter says
which are missing. A word may name values, as `%(day)s`: those of Tenure's own and no others.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenure.offboard.flow_parts import Flow

WORDS: Mapping[str, str | Promise] = {
    # ways
    "leave": _("Cancel subscription"),
    "leave_now": _("Cancel now"),
    "keep": _("Keep subscription"),
    "next": _("Continue"),
    "back": _("Back"),
    "send": _("Send"),
    "return": _("Undo the cancellation"),
    "go_back_to_app": _("Back to the application"),
    "export": _("Export my data"),
    "talk": _("Choose a time"),
    "to_partner": _("Go to %(partner)s"),
    "open_link": _("Open the page"),
    "own_way": _("Cancel on the application's own page"),
    "try_again": _("Try again"),
    # why
    "why": _("What is the main reason for leaving?"),
    "why_text": _("One answer is enough, and you may cancel without giving any."),
    "free_text": _("Is there anything that we should know?"),
    "optional": _("optional"),
    # what you would lose
    "value": _("What ends with the subscription"),
    "value_text": _("This is what we know of your own account, and nothing else."),
    "required_outcome": _("What you set out to do"),
    "stated_on": _("said on %(day)s"),
    "and": pgettext_lazy("between two short facts", "; "),
    "outcome_reached": _("What you reached"),
    "reached_on": pgettext_lazy("cancel flow", "reached on %(day)s"),
    "first_value": _("The first time it paid off"),
    "records": _("How often you used it, in all"),
    "last_on": _("last on %(day)s"),
    "people": _("People who work with it"),
    "people_90_days": _("In the last 90 days"),
    "history": _("Your time with it"),
    "began_on": pgettext_lazy("cancel flow", "Since"),
    "active_days": _("Days on which it was used"),
    "features": _("What else you used in the last four weeks"),
    "stops_working": _("What stops working"),
    "data": _("What happens to your data"),
    "data_until": _("It is kept until %(day)s, and deleted after that."),
    # another way
    "offers": _("Would one of these help?"),
    "offers_text": _("You can cancel all the same: none of these is a condition of leaving."),
    "terms": _("The exact terms"),
    "we_promise": _("What we promise"),
    "you_agree": _("What you agree to do"),
    "by_day": _("by %(day)s"),
    "human": _("Talk to a person"),
    "slots": _("Free times"),
    "agreed_time": _("The time that you chose"),
    # confirm
    "confirm": _("Cancel your subscription"),
    "plan": _("Subscription"),
    "account": pgettext_lazy("cancel flow", "Account"),
    "works_until": _("It ends on"),
    "ends_now": _("Today, as soon as you cancel"),
    "ends_period": _("The last day that is paid for"),
    "price_each_month": _("%(money)s a month"),
    "price_each_year": _("%(money)s a year"),
    "next_payment": _("Next payment"),
    "no_payment": _("Nothing more is charged"),
    "discount_ends": _("Your discount"),
    "discount_ends_text": _("%(discount)s off, until the subscription ends"),
    "data_kept": _("Your data"),
    "kept_until": _("Kept until %(day)s, then deleted"),
    "receipt": _("Confirmation by mail"),
    "offer_ends": _("What you accepted before"),
    "offer_ends_text": _("%(offer)s: it ends with the subscription"),
    "already_leaving": _("It is cancelled already, and ends on %(day)s."),
    "notice_kind": _("Kind of cancellation"),
    "notice_ordinary": _("Ordinary"),
    "notice_for_cause": _("For cause"),
    "notice_cause": _("The cause"),
    "wanted_on": _("When it should end"),
    "wanted_on_hint": _("Leave this empty for the earliest day possible."),
    "receipt_to": _("Mail address for the confirmation"),
    # afterwards
    "accepted": _("This is agreed"),
    "accepted_text": _("Nothing was cancelled. You can still cancel at any time."),
    "next_steps": _("What happens next"),
    "carried_out": _("It is set up already."),
    "not_yet_carried_out": _("It is being set up. We write to you when that is done."),
    "by_person": _("Billing did not take it by itself. A person does that by %(day)s."),
    "not_confirmed": _(
        "Billing has not confirmed it yet. We go on until it has, and after an hour a person does "
        "it."
    ),
    "acting": _("One moment: it is being set up."),
    "failed_here": _("This could not be set up just now. What you decided stays as it is."),
    "left_received": _("Your cancellation was received"),
    "left_received_text": _("It counts from %(day)s. You do not need to do anything else."),
    "left": _("Your subscription is cancelled"),
    "left_text": _("You do not need to do anything else."),
    "undo_until": _("You can undo this with one click until %(day)s, without paying anew."),
    "receipt_sent": _("A confirmation goes to %(address)s."),
    "next_job": _("What will do this job for you from now on?"),
    "rival": _("Which one?"),
    "after_why": _("Would you tell us why?"),
    "after_why_text": _("This is no part of the cancellation, which is done."),
    "thanks": _("Thank you for telling us."),
    "back_again": _("Your subscription goes on"),
    "back_again_text": _("The cancellation is undone, on the terms that you had."),
    "back_with_offer": _("The cancellation is undone. What you accepted is agreed."),
    "stayed": _("Your subscription goes on as it was"),
    "stayed_text": _("Nothing was changed. You can cancel at any time."),
    # what was wrong
    "problem": _("There is a problem"),
    "choose_reason": _("Choose a reason, or cancel without one."),
    "choose_listed": _("Choose one of the answers."),
    "too_long": _("This is too long. Please write less."),
    "bad_day": _("Write the day as 2026-03-31, or leave this empty."),
    "bad_address": _("This is no mail address. Please mend it, or leave it empty."),
    "not_possible": _("That is not possible here. Please choose one of the buttons below."),
    "example": _("Example"),
    "test": _("Test: nothing here changes a real subscription."),
}  # fmt: skip
_NAMED = re.compile(r"%\((\w+)\)s")


@lru_cache(maxsize=64)
def own_words(language: str) -> Mapping[str, str]:
    """Tenure's own words in that language; English where it does not speak it."""
    with translation.override(language if is_spoken(language) else "en"):
        return {key: str(word) for key, word in WORDS.items()}


def is_spoken(language: str) -> bool:
    """Whether Tenure's own words exist in that language."""
    return language in dict(settings.LANGUAGES)


def named_values(word: str) -> frozenset[str]:
    """The values that a word names: `day` in `by %(day)s`."""
    return frozenset(_NAMED.findall(word))


class Words:
    """The words of one flow in one language: `words("by_day", day="May 3")`."""

    def __init__(self, flow: Flow, language: str) -> None:
        self._flow, self.language = flow, language

    def __call__(self, key: str, **values: str) -> str:
        own = self._flow.words.get(key, {}).get(self.language)
        word = own or own_words(self.language)[key]
        return _NAMED.sub(lambda found: values.get(found[1], ""), word)
