"""The contradictions that are looked for: a sentence and an explanation for each code."""

from django.utils.translation import gettext_lazy as _

CONTRADICTION, WARNING = "contradiction", "warning"

SEVERITIES = {
    "use_before_sign_up": CONTRADICTION,
    "use_before_subscription": CONTRADICTION,
    "use_after_subscription": WARNING,
    "subscription_ends_before_start": CONTRADICTION,
    "overlapping_versions": CONTRADICTION,
    "ticket_before_sign_up": CONTRADICTION,
    "subscription_before_sign_up": CONTRADICTION,
    "closed_before_opened": CONTRADICTION,
    "unknown_account": WARNING,
    "unknown_person": WARNING,
    "future_dated": WARNING,
    "one_key_two_rows": CONTRADICTION,
    "no_such_subscription": WARNING,
    "amount_not_positive": WARNING,
    "final_state_contradicts": CONTRADICTION,
    "left_without_end": CONTRADICTION,
}

SENTENCES = {
    "use_before_sign_up": _("Use of the product before its account or person signed up"),
    "use_before_subscription": _("Use under a subscription before that subscription starts"),
    "use_after_subscription": _("Use under a subscription after that subscription ended"),
    "subscription_ends_before_start": _("Subscriptions that end before they start"),
    "overlapping_versions": _("Versions of one subscription that hold at the same time"),
    "ticket_before_sign_up": _("Support tickets opened before the account signed up"),
    "subscription_before_sign_up": _("Subscriptions that start before the account signed up"),
    "closed_before_opened": _("Tickets or incidents that end before they begin"),
    "unknown_account": _("Accounts that rows name and no account row does"),
    "unknown_person": _("People that rows name and no person row does"),
    "future_dated": _("Rows dated after they were imported"),
    "one_key_two_rows": _("Rows under one key that say different things"),
    "no_such_subscription": _("Rows that name a subscription which no subscription row has"),
    "amount_not_positive": _("Paid subscriptions or invoice lines of zero or less"),
    "final_state_contradicts": _("Rows whose final state says otherwise than their dates"),
    "left_without_end": _("Reasons for leaving of accounts whose subscriptions go on"),
}

EXPLANATIONS = {
    "use_before_sign_up": _(
        "Events count on the day they say. Days since sign-up are negative for them, and cohorts "
        "by sign-up miss them. Check which of the two dates is right."
    ),
    "use_before_subscription": _(
        "Use that a subscription cannot have made. Compare the subscription's start with the "
        "dates of use; a wrong column or a lost earlier version is the usual cause."
    ),
    "use_after_subscription": _(
        "Somebody goes on using what has ended: the end is wrong, or access was not taken away."
    ),
    "subscription_ends_before_start": _(
        "They are loaded and count on no day. Check whether start and end were swapped."
    ),
    "overlapping_versions": _(
        "Only one version of a subscription can hold. The later start takes over; the earlier one "
        "counts up to there. Two subscriptions need two ids."
    ),
    "ticket_before_sign_up": _(
        "Somebody asked for help before they were a customer. Check the account's sign-up."
    ),
    "subscription_before_sign_up": _(
        "The account pays before it signed up. Revenue counts from the subscription's start."
    ),
    "closed_before_opened": _("Times to close come out negative. Check both columns and zones."),
    "unknown_account": _(
        "The accounts are made from these rows, without a name or a sign-up. A file of accounts "
        "may be missing, or ids are written in two ways."
    ),
    "unknown_person": _(
        "The people are made from these rows, without a name or a sign-up. A file of people may "
        "be missing, or ids are written in two ways."
    ),
    "future_dated": _(
        "They count from their date on. A start that is agreed on is as it should be; else a date "
        "format or a time zone is wrong."
    ),
    "one_key_two_rows": _(
        "All of them are loaded. Either the key is no key, then name more columns in the map, "
        "or one of the rows is wrong."
    ),
    "no_such_subscription": _(
        "The rows are kept and belong to the account. A file of subscriptions may be incomplete."
    ),
    "amount_not_positive": _(
        "They are not paying: zero is counted as free, and credits lower the month they are in."
    ),
    "final_state_contradicts": _(
        "A flag says that the account or subscription has left and no end says when, or the other "
        "way round. Figures follow the dates."
    ),
    "left_without_end": _(
        "A reason for leaving was given, and on that day no subscription of the account ended or "
        "gave notice within 31 days. Churn follows subscriptions, not reasons."
    ),
}
