"""Free times of an adviser, from an iCal feed: repeated, in other zones, taken, or out of reach."""

from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tenure.base.errors import InvalidInput, Unavailable
from tenure.offers.calendars import fetched, follow_calendars, free_times
from tenure.offers.models import Concession, FreeTimes
from tenure.offers.slots import free_slots

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday


def feed(*events: str) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for number, event in enumerate(events):
        kind = "VFREEBUSY" if "FREEBUSY" in event else "VEVENT"
        lines += [f"BEGIN:{kind}", f"UID:{number}", "DTSTAMP:20261101T000000Z"]
        lines += [*event.split("|"), f"END:{kind}"]
    return "\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n"


def starts(text: str, **asked) -> list[str]:
    return [f"{slot.starts_at:%d %H:%M}" for slot in free_slots(text, NOW, **asked)]


def test_a_free_hour_is_two_halves():
    hour = feed("DTSTART:20261124T100000Z|DTEND:20261124T110000Z|SUMMARY:Free")

    assert starts(hour) == ["24 10:00", "24 10:30"]
    assert starts(hour, minutes=60) == ["24 10:00"]
    assert starts(hour, minutes=45) == ["24 10:00"]


def test_what_is_repeated_comes_again_within_two_weeks_but_for_its_exceptions():
    text = feed(
        "DTSTART:20261103T140000Z|DTEND:20261103T143000Z|RRULE:FREQ=WEEKLY;BYDAY=TU,TH"
        "|EXDATE:20261126T140000Z"
    )

    assert starts(text) == ["24 14:00", "01 14:00", "03 14:00"]


def test_times_of_another_zone_and_of_none_are_told_in_utc():
    berlin = feed(
        "DTSTART;TZID=Europe/Berlin:20261124T100000|DTEND;TZID=Europe/Berlin:20261124T103000"
    )
    floating = feed("DTSTART:20261124T100000|DTEND:20261124T103000")

    assert starts(berlin) == ["24 09:00"]
    assert starts(floating, time_zone="Asia/Shanghai") == ["24 02:00"]


def test_what_is_busy_cancelled_past_or_too_soon_is_not_free():
    text = feed(
        "DTSTART:20261124T090000Z|DTEND:20261124T120000Z|SUMMARY:Open hours",
        "DTSTART:20261124T093000Z|DTEND:20261124T100000Z|SUMMARY:Busy",
        "DTSTART:20261124T104500Z|DTEND:20261124T111500Z|X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "DTSTART:20261125T090000Z|DTEND:20261125T100000Z|STATUS:CANCELLED",
        "DTSTART:20261123T090000Z|DTEND:20261123T100000Z",  # in an hour
        "DTSTART:20261120T090000Z|DTEND:20261120T100000Z",
        "DTSTART:20270120T090000Z|DTEND:20270120T100000Z",
    )

    assert starts(text) == ["24 09:00", "24 10:00", "24 11:30"]


def test_a_whole_day_is_no_time_but_a_busy_one_takes_its_times_away():
    text = feed(
        "DTSTART;VALUE=DATE:20261124|DTEND;VALUE=DATE:20261125|SUMMARY:Free",
        "DTSTART:20261125T090000Z|DTEND:20261125T093000Z",
        "DTSTART;VALUE=DATE:20261125|DTEND;VALUE=DATE:20261126|SUMMARY:Busy",
    )

    assert starts(text) == []


def test_free_and_busy_periods_are_read():
    text = feed(
        "DTSTART:20261124T000000Z|DTEND:20261125T000000Z"
        "|FREEBUSY;FBTYPE=FREE:20261124T090000Z/PT1H|FREEBUSY:20261124T093000Z/20261124T100000Z"
    )

    assert starts(text) == ["24 09:00"]


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "\x00\xff"])
def test_what_is_no_calendar_is_refused_and_gives_no_times(text):
    try:
        found = free_slots(text, NOW)
    except InvalidInput as error:
        assert "no calendar" in error.message
    else:
        assert found == []


@pytest.fixture
def server():
    """A calendar on loopback: (address, what it answers with)."""
    said = {"status": 200, "body": b""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(said["status"])
            self.end_headers()
            self.wfile.write(said["body"])

        def log_message(self, *args):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/a.ics", said
    running.shutdown()
    running.server_close()


@pytest.mark.django_db
def test_a_calendar_is_read_every_ten_minutes_and_kept_for_a_day_when_it_is_out_of_reach(
    home, server
):
    address, said = server
    said["body"] = feed("DTSTART:20261124T100000Z|DTEND:20261124T110000Z").encode()
    assert follow_calendars(home, {address: 30}, NOW) == 1
    assert [f"{s.starts_at:%H:%M}" for s in free_times(address, NOW)] == ["10:00", "10:30"]

    assert follow_calendars(home, {address: 30}, NOW + timedelta(minutes=9)) == 0
    said["status"] = 500
    assert follow_calendars(home, {address: 30}, NOW + timedelta(minutes=11)) == 0
    row = FreeTimes.objects.get()
    assert row.problem == "the calendar cannot be read: HTTPError"
    assert len(free_times(address, NOW + timedelta(hours=23))) == 2
    assert free_times(address, NOW + timedelta(hours=24, minutes=1)) == []

    assert follow_calendars(home, {}, NOW) == 0
    assert not FreeTimes.objects.exists()


@pytest.mark.django_db
def test_a_time_that_somebody_took_is_free_no_more(home, server):
    address, said = server
    said["body"] = feed("DTSTART:20261124T100000Z|DTEND:20261124T110000Z").encode()
    follow_calendars(home, {address: 30}, NOW)
    Concession.objects.create(
        visit_id="v", offer="human", kind="human", account_id="acme", terms={}, words={},
        given_at=NOW, given_on=NOW.date(), event_id="e",
        time_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    )  # fmt: skip

    assert [f"{s.starts_at:%H:%M}" for s in free_times(address, NOW)] == ["10:30"]


def test_nothing_is_read_in_the_clear_or_from_this_machine():
    for address in ("http://example.com/a.ics", "file:///etc/passwd", "ftp://x/a"):
        with pytest.raises(Unavailable, match="https"):
            fetched(address)
