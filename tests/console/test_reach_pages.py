"""Calendar, inboxes and why, as forms and links see them."""

from datetime import timedelta

import pytest
from django.test import Client

from tenure.base.clock import system_clock
from tenure.customers.models import Account, Membership, Person
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.messages.models import Message, MessageData, Status
from tenure.plays.in_force import play_named
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.models import Enrolment, PlaySwitch

pytestmark = pytest.mark.django_db
PLAY = """
title = "More reports"
topic = "tips"
[entry]
manual = true
[goal]
event = "Report Shared"
[hold_out]
share = 0.2
[[step]]
name = "first_wait"
wait = { days = 2 }
[[step]]
name = "welcome"
mail = "01"
"""
MAIL = '+++\nsubject = "Reports"\n+++\nHello.\n'


@pytest.fixture
def written(home) -> dict[str, Message]:
    """Ann got a mail, one waits for her, one was withheld; Bob comes to one tomorrow."""
    now = system_clock()
    files = pack({"play.toml": PLAY, "01.en.md": MAIL}, "play.toml", "plays/reports")
    put_in_force("play", "reports", files, now=now, by="ada")
    play = play_named("reports")
    PlaySwitch.objects.create(
        play="reports", is_on=True, digest=play.digest, changed_at=now, changed_by="ada"
    )
    seen = {"created_at": now, "first_seen_at": now, "last_seen_at": now}
    for person, account in (("ann", "acme"), ("bob", "beta")):
        Person.objects.create(
            person_id=person, name=person.title(), email=f"{person}@x.org", **seen
        )
        Account.objects.create(account_id=account, name=account.title(), **seen)
        Membership.objects.create(
            person_id=person, account_id=account, raw_person_id=person, raw_account_id=account,
            since_at=now, known_at=now,
        )  # fmt: skip
        Enrolment.objects.create(
            play="reports", digest=play.digest, over="account", subject_id=account,
            account_id=account, raw_subject_id=account, raw_account_id=account, entry_key="once",
            because="manual: ada", arm="treated", share=0.8, entered_at=now, at="first_wait",
            since_at=now, due_at=now + timedelta(days=1),
        )  # fmt: skip
    stands = {
        "got": {"status": Status.SENT, "sending_at": now, "ended_at": now, "html": "<b>Hi</b>"},
        "waits": {
            "status": Status.HELD,
            "because": {"code": "fatigue", "points": 3, "spent": 9, "allowance": 9, "until": None},
        },
        "never": {
            "status": Status.SUPPRESSED,
            "because": {"code": "too_late", "waited_for": "quiet_hours"},
            "ended_at": now,
        },
    }
    enrolment = enrolment_of(Enrolment.objects.get(subject_id="acme"))
    made = {}
    for key, fields in stands.items():
        made[key] = Message.objects.create(
            key=f"{enrolment}/welcome/1/{key}", purpose="play", channel="mail", play="reports",
            step="welcome", person_id="ann", account_id="acme", topic="tips", enrolment=enrolment,
            subject=f"Subject {key}", intended_at=now, next_at=now + timedelta(hours=1), **fields,
        )  # fmt: skip
    MessageData.objects.create(message=made["got"], values={"person.name": "Ann <b>"})
    return made


def test_every_figure_of_the_calendar_leads_to_its_rows(written, visitor: Client):
    page = visitor.get("/calendar").content.decode()
    assert "1 message is about to go out" not in page and "are about to go out" in page
    links = [part.split('"')[0] for part in page.split('href="') if "/calendar/20" in part[:16]]
    told = {link.split("state=")[1]: visitor.get(link.replace("&amp;", "&")) for link in links}
    assert set(told) == {"sent", "waits", "withheld", "planned"}
    assert "Sent" in told["sent"].content.decode()
    assert "nothing is left before it is of no use" in told["waits"].content.decode()
    assert "until then it waited: quiet hours" in told["withheld"].content.decode()
    assert "/accounts/beta" in told["planned"].content.decode()
    assert visitor.get("/calendar?play=gone").content.decode().count("calendar-count") == 0
    assert visitor.get("/calendar/2026-99-01?state=sent").status_code == 404
    assert visitor.get("/calendar?from=nonsense").status_code == 200


def test_an_inbox_shows_what_they_see_and_why_they_do_not(written, visitor: Client):
    people = visitor.get("/inboxes").content.decode()
    assert "/inboxes/of/ann" in people and "/inboxes/of/bob" not in people
    assert "/inboxes/of/bob" in visitor.get("/inboxes?q=bob").content.decode()
    one = visitor.get(f"/inboxes/of/ann?message={written['got'].pk}")
    assert "Ann got 1 message; 1 waits" in one.content.decode()
    assert "frame-src 'self'" in one.headers["Content-Security-Policy"]
    frame = visitor.get(f"/inboxes/frame/{written['got'].pk}")
    assert frame.content == b"<b>Hi</b>" and "sandbox" in frame.headers["Content-Security-Policy"]
    never = visitor.get("/inboxes/of/ann?show=never").content.decode()
    assert "Subject never" in never and "Subject got" not in never
    assert visitor.get("/inboxes/of/nobody").status_code == 404
    assert visitor.get("/inboxes/frame/999999").status_code == 404


def test_why_is_answered_for_who_came_in_and_for_who_did_not(written, visitor: Client):
    page = visitor.get("/why?play=reports&id=ann").content.decode()
    assert "Ann got what “More reports” says" in page
    assert "Ann &lt;b&gt;" in page and "Ann <b>" not in page
    assert "first_wait" in page
    nobody = visitor.get("/why?play=reports&id=nobody").content.decode()
    assert "there is no account and no person" in nobody
    Enrolment.objects.all().delete()
    never = visitor.get("/why?play=reports&id=beta").content.decode()
    assert "Beta never came into “More reports”" in never and "nobody did that" in never
    assert "Ask why" in visitor.get("/why").content.decode()
