"""The mails of a play at a mail server that takes them, refuses them, loses them and stalls: every
message that was meant is in one state, and the play's page says the same."""

from collections import Counter
from datetime import timedelta

import pytest
from small_company import (
    BEGINS,
    MANY_AT_ONCE,
    SAYING,
    arrive,
    catch_up,
    event,
    go_on,
    settle,
    still_open,
    wrong_with,
)

from messages.message_worlds import settings_of
from messages.smtp_sink import Sink, sink_running
from tenure.messages.counting import balances
from tenure.messages.models import Message
from tenure.messages.sending import send_due
from tenure.messages.smtp import Smtp
from tenure.plays.listing import play_lines
from tenure.plays.models import Enrolment
from tenure.plays.tally import tallies

pytestmark = pytest.mark.django_db

# How the server answers each of them, what becomes of their mail, and how often it arrives.
MOODS = {
    "ann": ("sent", 1),
    "grey": ("sent", 1),  # 451 the first time
    "later": ("suppressed", 0),  # 451 for as long as the mail is of use
    "full": ("failed", 0),  # 552
    "gone": ("failed", 0),  # 550
    "heavy": ("failed", 0),  # 554 after the words
    "busy": ("suppressed", 0),  # 452 after the words, as long
    "drop": ("suppressed", 0),  # the connection is gone before the words
    "down": ("suppressed", 0),  # 421
    "lost": ("unknown", 1),  # the connection is gone before the 250
    "held": ("unknown", 1),  # the 250 comes too late
}
LEFT_ALONE = ("gamma", "delta")


@pytest.fixture
def at_a_server(home):
    """One play is on, an account each is in it, and two that are left alone."""
    accounts = {mood: mood for mood in MOODS} | {name: name for name in LEFT_ALONE}
    settle(home, accounts, ("reports",))
    home.settings_file.write_text(MANY_AT_ONCE)
    rows = [event("Report Exported", each, each, BEGINS, each) for each in accounts]
    arrive(home, rows, BEGINS)
    catch_up(home, BEGINS)
    return home


def send(sink: Sink, now) -> None:
    transport = Smtp(settings_of(sink.port, timeout_s=0.3), lambda: now)
    try:
        send_due(now, {"mail": transport})
    finally:
        transport.close()


def test_what_a_play_meant_is_sent_refused_or_unsure_and_its_page_says_so(
    at_a_server, visitor
) -> None:
    home, hours = at_a_server, (0, 1, 2, 5, 9, 20, 47, 49)
    with sink_running(Sink(slow_s=1)) as sink:
        for hour in hours:
            go_on(home, BEGINS + timedelta(hours=hour))
            # Who is down keeps nobody waiting for long: the next look begins with the others.
            for _ in range(3):
                send(sink, BEGINS + timedelta(hours=hour))
        arrived = Counter(to.partition("@")[0] for to, _ in sink.taken)

    welcome = Message.objects.filter(step="welcome")
    assert dict(welcome.filter(arm="treated").values_list("account_id", "status")) == {
        mood: status for mood, (status, _) in MOODS.items()
    }
    assert arrived == {mood: times for mood, (_, times) in MOODS.items() if times}
    assert set(welcome.filter(arm="hold_out").values_list("status", flat=True)) == {"control"}
    assert wrong_with(SAYING) == [] and still_open() <= {"held"}
    assert not Message.objects.filter(status__in=("failed", "unknown", "suppressed"), why="")

    now = BEGINS + timedelta(hours=49)
    [line] = play_lines(now)
    assert line.messages == dict(Counter(Message.objects.values_list("status", flat=True)))
    assert sum(line.messages.values()) == sum(each.intended for each in balances())
    figures, among = tallies()["reports"], Enrolment.objects.filter(play="reports")
    assert (figures.entered, figures.left_alone) == (len(MOODS) + 2, 2)
    assert figures.here == dict(Counter(among.values_list("at", flat=True)))
    page = visitor.get("/plays/reports").content.decode()
    assert f"{len(MOODS) + 2} came" in page
