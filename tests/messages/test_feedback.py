"""What providers tell of mail, and what follows from it: once, in any order, from nobody else."""

import base64
import hashlib
import hmac
import itertools
import json

import pytest
from django.conf import settings
from django.test import override_settings
from message_worlds import NOON, intended, statuses

from tenure.messages import ledger
from tenure.messages.consent import topics_off
from tenure.messages.feedback import Kind, Report, hear
from tenure.messages.models import Consent, Message, MessageFeedback, SuppressedAddress

pytestmark = pytest.mark.django_db
SECRET = "postmark:a-long-secret-word"


def told(kind: str, day: int = 14, address: str = "ann@example.org", **more: str) -> Report:
    at = NOON.replace(day=day)
    return Report("postmark", "", Kind(kind), address, at, **more)


def sent(address: str = "ann@example.org", key: str = "", **columns: object) -> Message:
    message = intended(address, key=key)
    fields = {"status": "sent", "provider_id": f"id-{message.pk}", **columns}
    Message.objects.filter(pk=message.pk).update(**fields)
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["delivered", "bounced", "complained"]))
)
def test_reports_come_to_the_same_in_any_order_and_however_often(order):
    message = sent()
    reports = [told(kind, message=str(message.pk)) for kind in order]
    assert hear([*reports, *reports], NOON) == 3
    assert hear(reports, NOON) == 0
    assert statuses() == {"complained": 1}
    assert MessageFeedback.objects.count() == 3
    assert SuppressedAddress.objects.count() == 1


@pytest.mark.parametrize("status", ["ready", "claimed", "sending", "sent", "unknown"])
def test_what_was_delivered_is_not_sent_again_whatever_we_knew_of_it(status):
    message = sent(status=status)
    hear([told("delivered", provider_id=message.provider_id)], NOON)
    assert statuses() == {"delivered": 1}


@pytest.mark.parametrize("status", ["suppressed", "control", "failed"])
def test_what_was_never_sent_becomes_nothing_by_a_report(status):
    message = sent(status=status)
    hear([told("delivered", provider_id=message.provider_id)], NOON)
    assert statuses() == {status: 1}


def test_an_address_that_is_none_gets_nothing_more_and_what_waits_is_withheld():
    message, waits = sent(), intended("Ann@example.org", key="next")
    hear([told("bounced", message=str(message.pk), detail="550 5.1.1 no such user")], NOON)
    waits.refresh_from_db()
    assert (waits.status, waits.why) == (
        "suppressed", "the address is suppressed: 550 5.1.1 no such user",
    )  # fmt: skip
    row = SuppressedAddress.objects.get()
    assert (row.kind, row.address) == ("bounced", "ann@example.org")


def test_five_that_came_back_in_a_row_suppress_and_one_that_arrived_begins_anew():
    for day in (1, 2, 3, 4):
        message = sent(key=f"k{day}")
        # Told twice by one mail server after another, it is one mail that came back.
        hear([told("returned", day, message=str(message.pk), detail=f"{n}") for n in "ab"], NOON)
    hear([told("delivered", 5, message=str(sent(key="k5").pk))], NOON)
    for day in (6, 7, 8, 9):
        hear([told("returned", day, message=str(sent(key=f"k{day}").pk))], NOON)
    assert not SuppressedAddress.objects.exists()
    hear([told("returned", 10, message=str(sent(key="k10").pk))], NOON)
    assert SuppressedAddress.objects.get().kind == "returned"


def test_what_was_too_big_never_counts_against_an_address():
    for day in range(1, 12):
        hear([told("refused", day, message=str(sent(key=f"k{day}").pk))], NOON)
    assert not SuppressedAddress.objects.exists()
    assert statuses() == {"bounced": 11}


def test_who_complains_wants_nothing_more_and_who_unsubscribes_nothing_of_this_topic():
    ann = sent(person_id="ann", topic="tips")
    bob = sent("bob@example.org", person_id="bob", topic="tips")
    hear([told("complained", message=str(ann.pk))], NOON)
    hear([told("unsubscribed", address="bob@example.org", message=str(bob.pk))], NOON)
    assert topics_off("ann", ["tips", "news"]) == {"tips", "news"}
    assert topics_off("bob", ["tips", "news"]) == {"tips"}
    assert set(Consent.objects.values_list("how", flat=True)) == {"complaint", "provider"}
    assert [row.address for row in SuppressedAddress.objects.all()] == ["ann@example.org"]


def test_a_report_that_is_quicker_than_the_answer_leaves_the_providers_name_known():
    message = intended("ann@example.org")
    [taken] = ledger.claim(["mail"], 1, NOON)
    assert ledger.begin(taken, NOON)
    hear([told("delivered", message=str(message.pk))], NOON)
    assert not ledger.end(taken, "sent", "taken", NOON, provider_id="id-9")
    message.refresh_from_db()
    assert (message.status, message.provider_id) == ("delivered", "id-9")


def test_the_key_of_another_installation_at_the_same_provider_is_none_of_ours():
    message = sent(person_id="ann", topic="tips")
    hear([told("complained", address="eve@example.org", message=str(message.pk))], NOON)
    assert statuses() == {"sent": 1} and not Consent.objects.exists()
    assert [row.address for row in SuppressedAddress.objects.all()] == ["eve@example.org"]
    hear([told("complained", address="ANN@example.org", message=str(message.pk))], NOON)
    assert statuses() == {"complained": 1} and Consent.objects.get().person_id != ""


# --- over HTTP

BOUNCE = {
    "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "MessageID": "id-7",
    "Email": "ann@example.org", "BouncedAt": "2025-03-14T11:00:00Z",
    "Description": "The server was unable to deliver your message",
    "Details": "smtp;550 5.1.1 user unknown", "Metadata": {},
}  # fmt: skip


def configured(home, provider: str, **fields: str) -> None:
    lines = [f'{name} = "{value}"' for name, value in fields.items()]
    text = "\n".join(["[mail]", f'provider = "{provider}"', 'from = "t@example.com"', *lines])
    home.settings_file.write_text(text + '\nkey = "k"\n')


def post(client, provider: str, body: object, secret: str = SECRET, **headers: str):
    if secret:
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
    return client.post(
        f"/mail/feedback/{provider}", body, content_type="application/json", headers=headers
    )


@pytest.fixture
def live(home, client):
    with override_settings(TENURE_HOME=home):
        yield client


def test_only_who_knows_the_word_tells_anything(home, live):
    configured(home, "postmark", feedback_secret=SECRET)
    message = sent(provider_id="id-7")
    assert post(live, "postmark", BOUNCE, secret="").status_code == 403
    assert post(live, "postmark", BOUNCE, secret="postmark:guessed-guessed-x").status_code == 403
    assert post(live, "mailgun", BOUNCE).status_code == 404
    assert statuses() == {"sent": 1}
    assert post(live, "postmark", BOUNCE).status_code == 200
    assert post(live, "postmark", BOUNCE).status_code == 200
    message.refresh_from_db()
    assert (message.status, message.feedback.count()) == ("bounced", 1)
    assert home == settings.TENURE_HOME


def test_without_a_word_agreed_on_nobody_is_listened_to(home, live):
    configured(home, "postmark")
    assert post(live, "postmark", BOUNCE).status_code == 404


@pytest.mark.parametrize("body", ["", "[]", "{", '{"RecordType": 7}', '{"RecordType": "Inbound"}'])
def test_what_is_no_report_breaks_nothing(home, live, body):
    configured(home, "postmark", feedback_secret=SECRET)
    assert post(live, "postmark", body).status_code in (200, 400)
    assert not MessageFeedback.objects.exists()


def test_a_provider_that_signs_is_checked_by_its_signature(home, live):
    configured(home, "mailgun", feedback_key="signing")
    message = sent()
    event = {
        "event": "failed", "severity": "permanent", "id": "e1", "timestamp": 1741950000.0,
        "recipient": "ann@example.org", "reason": "bounce",
        "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
        "message": {"headers": {"message-id": "x@y"}}, "user-variables": {"tenure": str(message.pk)},
    }  # fmt: skip
    signed = hmac.new(b"signing", b"1741950000token", hashlib.sha256).hexdigest()
    signature = {"token": "token", "timestamp": "1741950000", "signature": signed}
    forged = {**signature, "signature": "0" * 64}
    body = {"event-data": event, "signature": forged}
    assert post(live, "mailgun", body, secret="").status_code == 403
    body["signature"] = signature
    assert post(live, "mailgun", body, secret="").status_code == 200
    assert statuses() == {"bounced": 1}
    assert SuppressedAddress.objects.get().kind == "bounced"


SOFT = {**BOUNCE, "Type": "SoftBounce", "Details": "452 4.2.2 mailbox full"}


@pytest.mark.parametrize(
    ("provider", "event", "kind"),
    [
        ("postmark", BOUNCE, "bounced"),
        ("postmark", SOFT, "returned"),
        ("postmark", {**BOUNCE, "Details": "552 5.3.4 message too big"}, "refused"),
        ("postmark", {**BOUNCE, "Details": "550 5.7.1 blocked"}, "refused"),
        ("postmark", {**BOUNCE, "Details": "", "Type": "VirusNotification"}, "refused"),
        ("postmark", {**BOUNCE, "Type": "SpamComplaint", "RecordType": "SpamComplaint"}, "complained"),
        ("postmark", {**BOUNCE, "RecordType": "Delivery", "DeliveredAt": "2025-03-14T11:00:00Z"}, "delivered"),
        ("postmark", {**BOUNCE, "RecordType": "Open", "ReceivedAt": "2025-03-14T11:00:00Z"}, None),
        ("brevo", {"event": "soft_bounce", "email": "ann@example.org", "message-id": "m"}, "returned"),
        ("brevo", {"event": "hard_bounce", "email": "ann@example.org", "message-id": "m"}, "bounced"),
        ("brevo", {"event": "unsubscribe", "email": "ann@example.org", "message-id": "m"}, "unsubscribed"),
        ("brevo", {"event": "error", "email": "ann@example.org", "message-id": "m"}, "refused"),
    ],
)  # fmt: skip
def test_each_report_means_what_the_provider_means(home, live, provider, event, kind):
    configured(home, provider, feedback_secret=SECRET)
    assert post(live, provider, event).status_code == 200
    assert [row.kind for row in MessageFeedback.objects.all()] == ([kind] if kind else [])


def test_who_is_forgotten_gets_no_mail_and_no_address_of_them_is_kept():
    from tenure.messages.forgetting import forget_in_messages
    from tenure.messages.ledger import suppress_address
    from tenure.messages.models import MessageAbout

    message = sent(person_id="ann")
    MessageAbout.objects.create(message=message, kind="person", subject_id="ann")
    hear([told("bounced", message=str(message.pk), detail="550 ann@example.org unknown")], NOON)
    hear([told("returned", 3, detail="452 ann@example.org is full")], NOON)  # of no mail of ours
    suppress_address("bob@example.org", "550", NOON)
    forget_in_messages([], ["ann"], NOON)
    late = told("complained", message=str(message.pk), detail="ann@example.org said so")
    assert hear([late], NOON) == 1
    kept = json.dumps(
        [list(SuppressedAddress.objects.values()), list(MessageFeedback.objects.values())],
        default=str,
    )
    assert "ann@example.org" not in kept
    assert "bob@example.org" in kept
    assert intended("Ann@Example.org", key="again").status == "suppressed"


@pytest.mark.parametrize("said", ["ann@bücher.example", "ANN@XN--BCHER-KVA.example", "<hidden>"])
def test_an_address_is_suppressed_however_a_report_spells_it(said):
    message = sent("ann@bücher.example", key="one")
    waits = sent("ann@bücher.example", key="two", status="ready")
    hear([told("bounced", address=said, message=str(message.pk))], NOON)
    waits.refresh_from_db()
    assert waits.status == "suppressed"
    assert intended("Ann@Bücher.example", key="three").status == "suppressed"
    assert SuppressedAddress.objects.get().address == "ann@xn--bcher-kva.example"
