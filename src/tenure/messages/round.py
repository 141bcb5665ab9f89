"""One turn of everything that writes and sends messages: what the worker calls every few seconds.

With nothing to tell and nothing to send it is a handful of indexed look-ups.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module

from django.conf import settings

from tenure.base.clock import Clock, system_clock
from tenure.base.errors import TenureError
from tenure.base.home import Home
from tenure.messages.sending import Sent, Stops, send_due
from tenure.messages.transports import configured_transports
from tenure.tasks.recording import record_changes

log = logging.getLogger("tenure.messages")

DOWN_S = 30.0  # that a channel is left alone after it was not reached
_resting: dict[str, float] = {}
_complained: set[str] = set()

Source = Callable[[Home, datetime], int]


def turn(
    home: Home, now: datetime, *, stops: Stops = lambda: False, clock: Clock = system_clock
) -> Sent:
    """Record changes of tasks, let each source write its messages, send what is due.

    The sources are `settings.TENURE_MESSAGE_SOURCES`. Safe in several processes at once. What one
    step raises is logged, and keeps the others from nothing.
    """
    _step("tasks", lambda: record_changes(home, settings.DATABASE_URL, now))
    for name in settings.TENURE_MESSAGE_SOURCES:
        module, _, function = name.partition(":")
        source: Source = getattr(import_module(module), function)
        _step(name, lambda source=source: source(home, now))
    outcome = _Outcome()
    _step("sending", lambda: outcome.send(home, now, stops, clock))
    return outcome.sent


@dataclass(slots=True)
class _Outcome:
    sent: Sent = field(default_factory=Sent)

    def send(self, home: Home, now: datetime, stops: Stops, clock: Clock) -> int:
        ways = configured_transports(home, clock)
        ready = {
            channel: transport
            for channel, transport in ways.items()
            if time.monotonic() >= _resting.get(channel, 0.0)
        }
        try:
            self.sent = send_due(now, ready, stops=stops)
        finally:
            for transport in ready.values():
                transport.close()
        for channel in self.sent.down:
            _resting[channel] = time.monotonic() + DOWN_S
        return self.sent.total


def _step(name: str, act: Callable[[], int]) -> None:
    try:
        act()
    except TenureError as error:
        # A mistake in a file would be said every few seconds otherwise.
        if error.message not in _complained:
            _complained.add(error.message)
            log.error("%s failed (%s): %s", name, error.code, error.message)
