"""Templates, suppression and consent, and single messages, as who works with them sees them."""

import pytest
from django.conf import settings as django
from django.core.files.uploadedfile import SimpleUploadedFile

from customers.arriving import NOW
from messages.smtp_sink import sink_running
from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.customers.models import Account, Membership, Person
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.messages.consent import say, switched_off
from tenure.messages.import_asked import follow_imports
from tenure.messages.ledger import intend, suppress_address
from tenure.messages.mailbox.models import MailReply
from tenure.messages.models import Message, MessageFeedback, SuppressedAddress
from tenure.messages.suppression import refused_addresses

pytestmark = pytest.mark.django_db
PLAY = """
title = "More out of reports"
topic = "reports"
[entry]
manual = true
[goal]
event = "Report Shared"
[[step]]
name = "welcome"
mail = "01-welcome"
"""
MAIL = """+++
subject = "Hello {{ person.first_name | default: 'you' }}"
required = ["account.plan"]
+++
You have {{ account.plan }}. {% where "plan = 'Pro'" %}All is open to you.{% else %}There is more.{% endwhere %}
"""


@pytest.fixture
def known(visitor):
    """Ann of Acme on the plan Free, and a play with one mail."""
    Account.objects.create(
        account_id="acme", name="Acme", created_at=NOW, first_seen_at=NOW, last_seen_at=NOW
    )
    Person.objects.create(
        person_id="ann", name="Ann Lee", email="ann@acme.example", traits={},
        created_at=NOW, first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip
    Membership.objects.create(
        account_id="acme", person_id="ann", raw_account_id="acme", raw_person_id="ann",
        since_at=NOW, known_at=NOW,
    )  # fmt: skip
    AccountCard.objects.create(
        account_id="acme", status="free", mrr_minor=0, values={"plan": "Free", "status": "free"}
    )
    files = {"play.toml": PLAY, "01-welcome.en.md": MAIL}
    put_in_force("play", "reports", pack(files, "play.toml", "plays/reports"), now=NOW, by="ada")
    return visitor


def page(visitor, path: str) -> str:
    reply = visitor.get(path)
    assert reply.status_code == 200, path
    return reply.content.decode()


def test_a_mail_is_seen_as_somebody_would_get_it_and_as_if_they_had_another_plan(known):
    assert "01-welcome" in page(known, "/templates")
    theirs = page(known, "/templates/reports/01-welcome?as=ann@acme.example")
    assert "Hello Ann" in theirs
    assert "You have Free. There is more." in theirs
    assert "Card of the account" in theirs
    supposed = page(known, "/templates/reports/01-welcome?as=ann&plan=Pro")
    assert "You have Pro. All is open to you." in supposed
    assert "Supposed here" in supposed
    assert "Nobody is known as “xavier”" in page(known, "/templates/reports/01-welcome?as=xavier")


def test_the_frame_runs_nothing_and_shows_the_scheme_that_is_asked_for(known):
    reply = known.get("/templates/reports/01-welcome/frame?as=ann&scheme=dark")
    policy = reply.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "script" not in policy
    assert "@media all" in reply.content.decode()
    light = known.get("/templates/reports/01-welcome/frame?as=ann").content.decode()
    assert "@media not all" in light and 'content="light"' in light


def test_who_lacks_what_a_mail_needs_is_told_why_there_is_none(known):
    AccountCard.objects.update(values={"status": "free"})
    seen = page(known, "/templates/reports/01-welcome?as=ann")
    assert "account.plan is not known, and the text cannot do without it" in seen
    assert (
        known.post("/templates/reports/01-welcome/try", {"to": "me@example.com"}).status_code == 302
    )
    assert not Message.objects.exists()


def test_a_test_goes_out_at_once_and_is_marked_as_one(known, home, settings):
    with sink_running() as sink:
        home.settings_file.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\nfrom = "t@example.com"\n'
        )
        sent = known.post(
            "/templates/reports/01-welcome/try?as=ann", {"to": "me@example.com"}, follow=True
        )
    assert "The test is on its way to me@example.com." in sent.content.decode()
    [(to, mail)] = sink.taken
    assert (to, str(mail["Subject"])) == ("me@example.com", "Hello Ann")
    message = Message.objects.get()
    assert (message.purpose, message.play, message.person_id) == ("trial", "", "")
    assert "List-Unsubscribe" not in mail


def test_an_address_is_suppressed_and_lifted_and_who_did_so_is_kept(visitor):
    visitor.post("/suppression/add", {"address": "Ann@Example.org", "because": "asked"})
    assert "ann@example.org" in page(visitor, "/suppression")
    assert refused_addresses(["ann@example.org"]) == {"ann@example.org": "asked"}
    row = SuppressedAddress.objects.get()
    visitor.post("/suppression/lift", {"digest": row.address_digest})
    assert refused_addresses(["ann@example.org"]) == {}
    lifted = page(visitor, "/suppression?show=lifted")
    assert "ann@example.org" in lifted and row.by in lifted
    again = visitor.post("/suppression/lift", {"digest": row.address_digest}, follow=True)
    assert "This address is not suppressed." in again.content.decode()


def test_who_is_forgotten_is_found_by_the_address_and_named_nowhere(visitor):
    suppress_address("gone@example.org", "550", NOW)
    SuppressedAddress.objects.update(address="", because="")
    found = page(visitor, "/suppression?q=gone@example.org")
    assert "Somebody who is forgotten" in found
    assert "None fits." in page(visitor, "/suppression?q=other@example.org")


def upload(visitor, text: str, what: str = "addresses") -> str:
    file = SimpleUploadedFile("a.csv", text.encode(), content_type="text/csv")
    posted = {"file": file, "what": what, "show": what}
    reply = visitor.post("/suppression/import", posted, follow=True)
    if not follow_imports(django.TENURE_HOME, system_clock()):  # as the worker does
        return reply.content.decode()
    return page(visitor, f"/suppression?show={what}")


def test_addresses_of_another_system_are_taken_once_and_bad_lines_named(visitor):
    text = "address,because\nann@example.org,left\nno address,\nbob@example.org,\n"
    first = upload(visitor, text)
    assert "2 taken, 0 known already, 1 not taken" in first
    assert "Line 3: " in first and "is no mail address" in first
    assert "0 taken, 2 known already, 1 not taken" in upload(visitor, text)
    assert "names no address" in upload(visitor, "mail\na@b.example\n")
    assert SuppressedAddress.objects.filter(kind="imported").count() == 2


def test_an_older_word_from_elsewhere_does_not_outlive_a_later_one(known):
    say("ann", "reports", is_granted=False, how="page", now=NOW)
    text = "person,topic,wants,at\nann@acme.example,reports,yes,2020-01-01\nzoe,reports,no,\n"
    said = upload(known, text, "consent")
    assert "1 taken" in said and "nobody is known as" in said
    assert switched_off(["ann"], "reports") == {"ann"}
    history = page(known, "/suppression?show=consent&q=ann@acme.example")
    assert "Imported" in history and "On the page behind a mail" in history


def test_a_message_is_found_and_shows_its_words_and_what_came_back(visitor):
    one = intend(
        key="k1", purpose="digest", channel="mail", recipient="ann@example.org", now=NOW,
        subject="News of Acme", text="Something", html="<p>Something</p>",
    )  # fmt: skip
    key = intend(
        key="k2", purpose="sign_in", channel="mail", recipient="bob@example.org", now=NOW,
        subject="Your link", text="https://secret", html="<a>secret</a>",
    )  # fmt: skip
    MessageFeedback.objects.create(
        key="f", message=one, kind="delivered", address_digest="d", at=NOW, heard_at=NOW
    )
    found = page(visitor, "/messages/all?q=News&status=waiting")
    assert "ann@example.org" in found and "bob@example.org" not in found
    assert "No message fits" in page(visitor, "/messages/all?q=secret&purpose=sign_in")
    shown = page(visitor, f"/messages/{one.pk}")
    assert "delivered" in shown and "News of Acme" in shown
    assert visitor.get(f"/messages/{one.pk}/frame").content == b"<p>Something</p>"
    assert "secret" not in page(visitor, f"/messages/{key.pk}")
    assert visitor.get(f"/messages/{key.pk}/frame").status_code == 404
    assert "sandbox" in visitor.get(f"/messages/{one.pk}/frame").headers["Content-Security-Policy"]


def test_a_preview_and_a_test_have_no_link_that_is_somebodys_own(known, home):
    lesson = 'title = { en = "Reports" }\nlink = "https://learn.example.com/reports"\n'
    packed = pack({"lesson.toml": lesson}, "lesson.toml", "lessons/reports")
    put_in_force("lesson", "reports", packed, now=NOW, by="ada")
    files = {"play.toml": PLAY, "01-welcome.en.md": MAIL + "\n{% ask %}\n\n{% lesson %}\n"}
    put_in_force("play", "reports", pack(files, "play.toml", "plays/reports"), now=NOW, by="ada")
    with sink_running() as sink:
        home.settings_file.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\nfrom = "t@example.com"\n'
        )
        known.post("/templates/reports/01-welcome/try?as=ann", {"to": "me@example.com"})
    [(_, mail)] = sink.taken
    tried = mail.get_payload(0).get_payload(decode=True).decode()
    for seen in (tried, page(known, "/templates/reports/01-welcome/frame?as=ann")):
        assert "/say/example-link-of-a-preview" in seen
        assert "/learn/reports?" in seen
        assert "/say/m-" not in seen and "/learn/reports/" not in seen
    assert known.get("/say/example-link-of-a-preview").status_code == 404


def test_an_answer_is_read_beside_its_mail_and_kept_for_proof_with_one_press(known):
    mail = Message.objects.create(
        key="k", purpose="play", channel="mail", recipient="ann@acme.example", subject="How was it?",
        person_id="ann", account_id="acme", status="sent", intended_at=NOW, next_at=NOW,
    )  # fmt: skip
    words = "It saved <b>a day</b> a week."
    reply = MailReply.objects.create(
        key="r", message=mail, person_id="ann", account_id="acme", words=words, at=NOW, heard_at=NOW
    )
    assert "name a mailbox in [mail.inbox]" in page(known, "/messages")
    assert "How was it?" in page(known, "/messages/all?status=answered")
    seen = page(known, f"/messages/{mail.pk}")
    assert "It saved &lt;b&gt;a day&lt;/b&gt; a week." in seen
    done = known.post(f"/messages/{mail.pk}/answers/{reply.pk}", {"language": "en"}, follow=True)
    assert "It is shown nowhere before its author agrees." in done.content.decode()
    assert "Kept as a candidate" in page(known, f"/messages/{mail.pk}")
    again = known.post(f"/messages/{mail.pk}/answers/{reply.pk}", {"language": "en"}, follow=True)
    assert "kept already" in again.content.decode()
    assert known.get(f"/messages/{mail.pk}/answers/{reply.pk}").status_code == 405
