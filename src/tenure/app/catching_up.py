"""What follows from the lake as it is now: customers, derived relations, cards, segments,
progress in lessons, plays, reasons, saves.

Runs as a process of its own below the worker, as long as something new keeps coming. Every step
may be killed anywhere and is then done again.
"""

import logging
import os
import signal
import time
from datetime import date, datetime
from types import FrameType

from tenure.base.clock import Clock, system_clock
from tenure.base.errors import LeaseHeld
from tenure.base.home import Home
from tenure.card.refresh import refresh_lake_and_cards
from tenure.content.effects_kept import follow_effects
from tenure.content.importing import follow_mentions
from tenure.content.progress import follow_content
from tenure.content.stages import follow_stages
from tenure.customers.follow import follow
from tenure.lake.reading import company_day
from tenure.lake.shipping import last_batch
from tenure.lake.upkeep import maintain
from tenure.messages.in_app.ticking import follow_checklists
from tenure.offers.learning import learn
from tenure.plays.following import follow_plays
from tenure.reasons.following import follow_reasons
from tenure.reasons.inferring_follow import follow_inferred
from tenure.reasons.interviews_follow import follow_interviews
from tenure.reasons.reviews import follow_reviews
from tenure.reasons.themes import follow_themes_when_due
from tenure.reasons.worth_follow import follow_worth
from tenure.saves.following import follow_saves
from tenure.segments.follow import follow_segments

log = logging.getLogger("tenure.catch-up")

EVERY_S = 10.0  # at most; less often where one takes longer
SHARE = 0.25  # of the time that catching up may take
LOOK_EVERY_S = 0.5
IDLE_S = 30.0  # without news, before the process ends
GIVES_WAY = 5  # by so much more than the worker above it
MAINTAIN_EVERY_S = 600.0


def catch_up(home: Home, now: datetime) -> None:
    """Everything that is derived, brought up to what has been shipped."""
    follow(home, now)
    refresh_lake_and_cards(home, now)
    follow_segments(home, now)
    follow_content(home, now)
    follow_plays(home, now)
    follow_checklists(home, now)
    follow_reasons(home, now)
    follow_inferred(home, now)
    follow_reviews(home, now)
    follow_worth(home, now)
    follow_interviews(home, now)
    follow_themes_when_due(home, now)
    follow_saves(home, now)
    learn(home, now)
    follow_stages(home, now)
    follow_effects(home, now)
    follow_mentions(home, now)


def run_while_there_is_news(home: Home, clock: Clock = system_clock) -> None:
    """Catch up, and again whenever something was shipped or a day began; end when idle."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    os.nice(GIVES_WAY)
    seen: tuple[int, date] | None = None
    maintain_at = time.monotonic() + MAINTAIN_EVERY_S
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < IDLE_S:
        state = _state(home, clock())
        if state != seen:
            started = time.monotonic()
            try:
                catch_up(home, clock())
                seen = state
            except LeaseHeld as error:
                log.info("catching up waits: %s", error.message)
            took_s = time.monotonic() - started
            if time.monotonic() >= maintain_at:
                maintain(home, clock())
                maintain_at = time.monotonic() + MAINTAIN_EVERY_S
            time.sleep(max(EVERY_S - took_s, took_s * (1 / SHARE - 1)))
            idle_since = time.monotonic()
        else:
            time.sleep(LOOK_EVERY_S)
    maintain(home, clock())


def _state(home: Home, now: datetime) -> tuple[int, date]:
    """What has been shipped so far, and which day it is for the company."""
    last = last_batch(home)
    return (last.number if last else 0, company_day(home, now))


def _end(_number: int, _frame: FrameType | None) -> None:
    """At once: an exception would come out of the engine as an error of the query under way."""
    os._exit(0)
