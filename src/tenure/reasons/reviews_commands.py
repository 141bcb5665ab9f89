"""`tenure reviews` and `tenure worth`: each leaving looked at, and who deserves effort."""

from dataclasses import replace
from datetime import date, datetime

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.kit.output import FORMATS, print_rows
from tenure.reasons.inferring_sentences import plain_money
from tenure.reasons.review_models import Occasion, Worth
from tenure.reasons.reviews import follow_reviews
from tenure.reasons.reviews_listed import (
    KNOWN,
    OVERCOME,
    STATES,
    ReviewChoice,
    Sums,
    chosen_reviews,
    sums_of,
)
from tenure.reasons.reviews_told import REVIEWS, WORTH, review_row, worth_row
from tenure.reasons.worth_follow import follow_worth
from tenure.reasons.worth_ladder import refuse
from tenure.reasons.worth_listed import STATES as CASE_STATES
from tenure.reasons.worth_listed import WorthChoice, capacity, chosen_cases, worth_sums
from tenure.reasons.worth_rules import worth_rules

BY = "command line"
_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--state", type=click.Choice(STATES), default="all", show_default=True)
@click.option("--known", type=click.Choice(KNOWN), default=None, help="Known, or a surprise.")
@click.option("--overcome", type=click.Choice(OVERCOME), default=None, help="Could it have been?")
@click.option("--reason", default="", metavar="CODE", help="Of one reason alone.")
@click.option("--account", "account_id", default="", metavar="ID", help="Of one account alone.")
@click.option("--from", "first", type=_DAY, default=None, help="First day of the decision.")
@click.option("--to", "last", type=_DAY, default=None, help="Last day, itself included.")
@click.option("--again", is_flag=True, help="Prepare every one anew; a person's word stays.")
@_FORMAT
def reviews(
    state: str, known: str | None, overcome: str | None, first: datetime | None,
    last: datetime | None, again: bool, fmt: str, **only: str,
) -> None:  # fmt: skip
    """Each leaving: known or a surprise, who acted on which warning, could it have been overcome.

    Sums of those that fit go to standard error.
    """
    follow_reviews(settings.TENURE_HOME, system_clock(), again=again)
    choice = ReviewChoice(
        state=state, known=known or "", overcome=overcome or "", first_on=_on(first),
        last_on=_on(last), **only,
    )  # fmt: skip
    found = chosen_reviews(choice)
    print_rows([review_row(each) for each in found.iterator(1_000)], REVIEWS, fmt)
    click.echo(summary(sums_of(found)), err=True)


def summary(sums: Sums) -> str:
    """The sums in a sentence."""
    lead = "none" if sums.lead_days_median is None else f"{sums.lead_days_median:g} days"
    return (
        f"{sums.leavings} decided to leave: {sums.known.get('surprise', 0)} were a surprise, "
        f"{sums.known.get('known', 0)} were known, of the others nobody can tell; "
        f"{sums.could_have_been} could have been overcome, in part at least; "
        f"{sums.warned} had a warning (median lead time: {lead}), and on {sums.nobody_acted} of "
        f"them nobody acted; {sums.reviewed} are reviewed."
    )


@click.command()
@click.option("--state", type=click.Choice(CASE_STATES), default="open", show_default=True)
@click.option("--verdict", type=click.Choice(Worth.values), default=None)
@click.option("--occasion", type=click.Choice(Occasion.values), default=None)
@click.option("--reason", default="", metavar="CODE", help="Of one reason alone.")
@click.option("--account", "account_id", default="", metavar="ID", help="Of one account alone.")
@click.option("--said-no", default="", metavar="ID", help="Note that this account said no.")
@click.option("--text", default="", help="With --said-no: what they said.")
@_FORMAT
def worth(
    state: str, verdict: str | None, occasion: str | None, said_no: str, text: str, fmt: str,
    **only: str,
) -> None:  # fmt: skip
    """Who deserves effort before or after leaving: a verdict with its grounds, in order.

    Ordered by value and chance; the hours of worth.toml say how many fit into a week.
    """
    home, now = settings.TENURE_HOME, system_clock()
    if said_no:
        refuse(said_no, text, now=now, by=BY)
    follow_worth(home, now)
    choice = WorthChoice(state=state, code=verdict or "", occasion=occasion or "")
    found = chosen_cases(replace(choice, **only)).select_related("owner")
    rows = [worth_row(each) for each in found.prefetch_related("rungs")]
    print_rows(rows, WORTH, fmt)
    free, sums = capacity(worth_rules()), worth_sums()
    margin = " + ".join(plain_money(minor, each) for each, minor in sums.margin_minor.items())
    click.echo(
        f"{sums.by_code.get('yes', 0)} accounts are worth it ({margin or 'nothing'} of margin); "
        f"{free.a_week} fit into a week, {free.under_way} are under way; "
        f"{sums.said_no} said no and are not asked.",
        err=True,
    )


def _on(day: datetime | None) -> date | None:
    return day.date() if day else None
