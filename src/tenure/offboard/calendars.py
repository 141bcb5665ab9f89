"""The calendars of who can be talked to on the way out, read before anybody looks."""

from datetime import datetime

from tenure.base.home import Home
from tenure.offboard.flow import flows
from tenure.offers.book import offer_book
from tenure.offers.calendars import calendars_of, follow_calendars

MINUTES = 30


def follow_own_calendars(home: Home, now: datetime) -> int:
    """How many were read anew: those that flows and offers name, every ten minutes."""
    wanted = {flow.human.calendar: MINUTES for flow in flows() if flow.human.calendar}
    return follow_calendars(home, wanted | calendars_of(offer_book()), now)
