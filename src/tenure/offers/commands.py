"""`tenure offers`: which there are, what one account would be shown, and what was learned."""

import random

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, BadUsage
from tenure.card.card_of import account_card
from tenure.kit.output import FORMATS, print_rows
from tenure.offers.book import default_text, offer_book
from tenure.offers.choosing import Choice, Considered, ShownOffer, choose
from tenure.offers.habits import habits as found_habits
from tenure.offers.history import history_of, spent_in_month
from tenure.offers.learned import learned_now
from tenure.offers.models import LearnedOffer
from tenure.offers.parts import BECAUSE, CANCEL_VISIT, OfferBook
from tenure.offers.unfit import WHY_NOT
from tenure.offers.wanted import Wanted
from tenure.offers.wording import in_language
from tenure.reasons.taxonomy import taxonomy

_LIST = ("offer", "kind", "title", "reasons", "because", "commitments", "where", "version")
_TRIED = ("offer", "kind", "shown_as", "probability", "why_not", "terms")
_LEARNED = (
    "offer", "reason", "follow_up", "visits", "accepted", "mean_share", "sd_share", "weight",
    "version",
)  # fmt: skip
_SPENT = ("currency", "spent_minor", "all_month_minor", "per_account_minor")
_HABITS = ("account_id", "visits", "first_on", "last_on", "cost_minor", "currency")

_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True
)


@click.group()
def offers() -> None:
    """List offers, try what an account would be shown, and see what was learned and spent.

    The offers are in offers.toml: `tenure pull`, an editor and `tenure apply` change them.
    """


@offers.command(name="list")
@click.option("--language", default="en", show_default=True, help="Of the titles.")
@_FORMAT
def list_offers(language: str, fmt: str) -> None:
    """List all offers, in the order in which they are tried."""
    rows = [
        {
            "offer": each.name,
            "kind": each.kind,
            "title": in_language(each.title, language),
            "reasons": ", ".join(each.reasons) or "any",
            "because": ", ".join(each.because),
            "commitments": len(each.commitments),
            "where": each.where,
            "version": each.version,
        }
        for each in _readable_book().offers
    ]
    print_rows(rows, _LIST, fmt)


@offers.command(name="try")
@click.argument("account")
@click.option("--reason", default="", metavar="CODE", help="What they would say; of reasons.toml.")
@click.option(
    "--follow-up", default="", metavar="CODE", help="What they would say to its question."
)
@click.option("--because", type=click.Choice(BECAUSE), default=CANCEL_VISIT, show_default=True)
@click.option("--at-most", type=click.IntRange(1, 10), default=2, show_default=True)
@click.option("--language", default="en", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the dice.")
@_FORMAT
def try_offers(account: str, fmt: str, **asked: object) -> None:
    """Print what ACCOUNT would be shown now, and of every other offer why not. Changes nothing."""
    known = taxonomy()
    if asked["reason"] and not known.has(str(asked["reason"])):
        raise BadUsage(
            f"--reason: there is none {asked['reason']!r}; use {', '.join(known.codes())}",
            field="reason",
        )
    now = system_clock()
    card = account_card(settings.TENURE_HOME, account, now=now)
    seed = int(str(asked.pop("seed")))
    wanted = Wanted(card.id, card, now, **asked)  # type: ignore[arg-type]
    book = _readable_book()
    choice = choose(wanted, book, history_of(card.id, now), learned_now(), random.Random(seed))
    print_rows(_as_rows(choice, for_people=fmt == "table"), _TRIED, fmt)
    if fmt == "table":
        click.echo(f"\nChosen by: {choice.how}. What each why-not means:", err=True)
        for code in dict.fromkeys(code for each in choice.considered for code in each.why_not):
            click.echo(f"  {code}: {WHY_NOT[code]}", err=True)


@offers.command()
def default() -> None:
    """Print the book that Tenure comes with: what an offers.toml of your own begins with."""
    click.echo(default_text(), nl=False)


@offers.command()
@_FORMAT
def learned(fmt: str) -> None:
    """List what was learned: the share of the margin that stayed, by everybody who was shown one.

    How many accepted stands beside it, and nothing is chosen by that.
    """
    rows = [
        {
            "offer": row.offer or "(all)",
            "reason": row.reason or "(any)",
            "follow_up": row.follow_up or "(any)",
            "visits": row.visits,
            "accepted": row.accepted,
            "mean_share": round(row.mean_share, 4),
            "sd_share": round(row.sd_share, 4),
            "weight": round(row.weight, 2),
            "version": row.version,
        }
        for row in LearnedOffer.objects.order_by("offer", "version", "reason", "follow_up")
    ]
    print_rows(rows, _LEARNED, fmt)


@offers.command()
@_FORMAT
def spent(fmt: str) -> None:
    """Show what was given away this month, and what may be."""
    book, today = offer_book(), history_of("", system_clock()).today
    print_rows(_spent_rows(book, spent_in_month(today)), _SPENT, fmt)


@offers.command()
@_FORMAT
def habits(fmt: str) -> None:
    """List accounts that come to the way out for a lower price again and again."""
    rows = [
        {
            "account_id": each.account_id,
            "visits": each.visits,
            "first_on": each.first_on,
            "last_on": each.last_on,
            "cost_minor": cost_minor,
            "currency": currency,
        }
        for each in found_habits(offer_book().budget.habit_visits)
        for currency, cost_minor in sorted(each.cost_minor.items())
    ]
    print_rows(rows, _HABITS, fmt)


def _readable_book() -> OfferBook:
    """The book in force. Raises BadDefinition when it cannot be read any more."""
    book = offer_book()
    if book.problem:
        raise BadDefinition(book.problem)
    return book


def _as_rows(choice: Choice, *, for_people: bool) -> list[dict[str, object]]:
    shown = {each.name: (place, each) for place, each in enumerate(choice.shown, 1)}
    rows = []
    for each in choice.considered:
        place, offered = shown.get(each.name, (None, None))
        rows.append(
            {
                "offer": each.name,
                "kind": each.kind,
                "shown_as": place,
                "probability": _chance(each, offered),
                "why_not": ", ".join(each.why_not),
                "terms": (offered.terms_text if for_people else offered.terms) if offered else "",
            }
        )
    return sorted(rows, key=lambda row: (row["shown_as"] is None, row["shown_as"] or 0))


def _chance(each: Considered, offered: ShownOffer | None) -> float | None:
    """That of its place for what is shown; of the first place for what is not."""
    if offered is not None:
        return round(offered.probability, 4)
    return round(each.probability, 4) if each.fits else None


def _spent_rows(book: OfferBook, spent_minor: dict[str, int]) -> list[dict[str, object]]:
    currencies = {*spent_minor, *book.budget.all_month_minor, *book.budget.per_account_minor}
    return [
        {
            "currency": currency,
            "spent_minor": spent_minor.get(currency, 0),
            "all_month_minor": book.budget.all_month_minor.get(currency, 0),
            "per_account_minor": book.budget.per_account_minor.get(currency, 0),
        }
        for currency in sorted(currencies - {""})
    ]
