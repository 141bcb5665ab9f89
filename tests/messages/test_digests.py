"""Who is told which signals, when, in which words, and that none is told twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from message_worlds import send_all
from smtp_sink import sink_running

from tenure.customers.models import Account, Person
from tenure.messages.digests import intend_digests
from tenure.messages.forgetting import forget_in_messages
from tenure.messages.models import Message, Recipient
from tenure.signals.models import Signal
from tenure.tasks.models import Task
from tenure.tasks.work import assign, close, open_task, snooze

pytestmark = pytest.mark.django_db(transaction=True)

# 08:00 in Berlin, in winter.
EIGHT = datetime(2025, 1, 14, 7, tzinfo=UTC)
BEFORE = EIGHT - timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def berlin(home):
    home.settings_file.write_text(
        '[company]\nname = "Fernhill"\ntime_zone = "Europe/Berlin"\n'
        '[console]\nurl = "https://tenure.example.com/"\n'
    )
    return home


@pytest.fixture
def ann(berlin):
    return get_user_model().objects.create_user("ann", email="ann@example.org")


def account(account_id: str, name: str) -> None:
    Account.objects.create(account_id=account_id, name=name, created_at=EIGHT, first_seen_at=EIGHT)


def person(person_id: str, name: str) -> None:
    Person.objects.create(person_id=person_id, name=name, created_at=EIGHT, first_seen_at=EIGHT)


def signal(key: str, account_id: str, *, at=BEFORE - timedelta(hours=2), **more) -> Signal:
    fields = {
        "kind": "payment_trouble",
        "urgency": "soon",
        "next_step": "help_to_pay",
        "evidence": [{"what": "payment_failed", "at": at.isoformat()}],
    } | more
    task = open_task(
        key=f"signal:{key}", title="x", because={"kind": "signal", "key": key},
        account_id=account_id, now=at, by="tenure",
    )  # fmt: skip
    return Signal.objects.create(
        key=key, account_id=account_id, happened_at=at, raised_at=at, last_evidence_at=at,
        task=task, **fields,
    )  # fmt: skip


def intended(purpose="digest") -> list[Message]:
    return list(Message.objects.filter(purpose=purpose).order_by("id"))


def test_a_digest_goes_out_at_its_hour_grouped_by_account_with_evidence_and_links(berlin, ann):
    account("acc_1", "Northwind")
    account("acc_2", "Contoso & Sons")
    person("u_1", "Mia Berg")
    signal("s1", "acc_2")
    signal("s2", "acc_1", kind="cancel_intent", urgency="now", next_step="call_before_they_decide",
           params={"what": "page"}, person_id="u_1",
           evidence=[{"what": "cancel_page", "at": "2025-01-14T05:00:00+00:00", "person_id": "u_1"}])  # fmt: skip
    signal("s3", "acc_1")

    assert intend_digests(berlin, BEFORE) == 0
    assert intend_digests(berlin, EIGHT) == 1

    [mail] = intended()
    assert mail.key == f"digest:user:{ann.pk}:2025-01-14"
    assert mail.recipient == "ann@example.org"
    assert mail.subject == "Northwind and 1 other account need someone"
    lines = mail.text.splitlines()
    # The account with the urgent signal first; its second signal with it.
    assert [line for line in lines if line in ("Northwind", "Contoso & Sons")] == [
        "Northwind",
        "Contoso & Sons",
    ]
    assert lines.index("https://tenure.example.com/accounts/acc_1") < lines.index("Contoso & Sons")
    assert "* Somebody looked at cancelling · now" in lines
    assert "  Next step: Call them before they decide, and ask what changed." in lines
    assert mail.text.count("Northwind") == 2, "once in the subject, once above its signals"
    assert "Contoso &amp; Sons" in mail.html
    assert 'href="https://tenure.example.com/accounts/acc_2"' in mail.html
    assert mail.html.count('class="act" href=') == 1, "one action"


def test_evidence_names_people_and_says_the_company_s_day(berlin, ann):
    account("acc_1", "Northwind")
    person("u_1", "Mia Berg")
    # 23:30 UTC is the next day in Berlin.
    signal("s", "acc_1", at=EIGHT - timedelta(hours=7, minutes=30), kind="champion_left",
           next_step="reach_the_champion", person_id="u_1", params={},
           evidence=[{"what": "was_champion", "person_id": "u_1", "active_days": 9, "over_days": 30},
                     {"what": "last_day", "at": "2025-01-13T23:30:00+00:00"}])  # fmt: skip
    intend_digests(berlin, EIGHT)

    [mail] = intended()
    assert "Mia Berg was there on 9 of 30 days." in mail.text
    assert "Last there on Jan 14, 2025." in mail.text
    assert "u_1" not in mail.text


def test_nothing_is_sent_when_there_is_nothing_and_it_is_asked_once_a_day(berlin, ann):
    assert intend_digests(berlin, EIGHT) == 0
    signal("s", "acc_1", at=EIGHT + timedelta(hours=1))
    assert intend_digests(berlin, EIGHT + timedelta(hours=2)) == 0, "its day has been looked at"
    assert intend_digests(berlin, EIGHT + DAY) == 1


def test_each_signal_is_told_once_and_only_while_somebody_has_to_act(berlin, ann):
    for key in ("told", "closed", "asleep", "resolved"):
        signal(key, f"acc_{key}")
    task = Task.objects.get
    close(task(key="signal:closed"), "helped", now=BEFORE, by="bob")
    snooze(task(key="signal:asleep"), (EIGHT + 5 * DAY).date(), now=BEFORE, by="bob")
    Signal.objects.filter(key="resolved").update(resolved_at=BEFORE)
    intend_digests(berlin, EIGHT)
    [mail] = intended()
    assert "acc_told" in mail.text
    assert not [key for key in ("closed", "asleep", "resolved") if f"acc_{key}" in mail.text]

    signal("new", "acc_new", at=EIGHT + timedelta(hours=3))
    for hours in range(24, 30):
        intend_digests(berlin, EIGHT + timedelta(hours=hours))
    [_, second] = intended()
    assert "acc_new" in second.text
    assert "acc_told" not in second.text


def test_a_digest_that_was_withheld_told_nothing(berlin, ann):
    signal("s", "acc_1")
    intend_digests(berlin, EIGHT)
    Message.objects.update(status="suppressed")
    intend_digests(berlin, EIGHT + DAY)

    assert len(intended()) == 2
    assert "acc_1" in intended()[1].text


def test_who_has_it_is_said(berlin, ann):
    signal("s", "acc_1")
    assign(Task.objects.get(), ann, now=BEFORE, by="bob")
    intend_digests(berlin, EIGHT)

    assert "(ann has it)" in intended()[0].text


def test_urgent_signals_are_told_at_once_to_those_who_asked(berlin, ann):
    bob = get_user_model().objects.create_user("bob", email="bob@example.org")
    intend_digests(berlin, BEFORE)
    Recipient.objects.filter(user=bob).update(wants_at_once=True)
    noon = EIGHT + timedelta(hours=4)
    intend_digests(berlin, noon)
    signal("soon", "acc_soon", at=noon, urgency="soon")
    signal("urgent", "acc_urgent", at=noon, urgency="now")

    for seconds in range(0, 20, 5):
        intend_digests(berlin, noon + timedelta(seconds=seconds))

    [mail] = intended("at_once")
    assert mail.recipient == "bob@example.org"
    assert "acc_urgent" in mail.text
    assert "acc_soon" not in mail.text
    intend_digests(berlin, EIGHT + DAY)
    told = {mail.recipient: "acc_urgent" in mail.text for mail in intended()}
    assert told == {"ann@example.org": True, "bob@example.org": False}, "bob knows already"


def test_who_does_not_want_it_or_has_no_address_or_may_not_sign_in_gets_nothing(berlin, ann):
    users = get_user_model().objects
    users.create_user("no address")
    users.create_user("gone", email="gone@example.org", is_active=False)
    intend_digests(berlin, BEFORE)
    Recipient.objects.filter(user=ann).update(wants_digest=False)
    signal("s", "acc_1")

    assert intend_digests(berlin, EIGHT) == 0


def test_everybody_reads_it_in_their_language_at_their_hour(berlin, ann):
    intend_digests(berlin, BEFORE)
    Recipient.objects.filter(user=ann).update(language="zh-hans", hour=10)
    signal("s", "acc_1")

    assert intend_digests(berlin, EIGHT + timedelta(minutes=119)) == 0
    assert intend_digests(berlin, EIGHT + timedelta(hours=2)) == 1
    assert 'lang="zh-hans"' in intended()[0].html


def test_the_webhook_gets_the_same_in_blocks_that_nobody_can_break_out_of(berlin, ann):
    with berlin.settings_file.open("a") as file:
        file.write('[webhook]\nurl = "https://hooks.example.com/x"\nat_once = false\n')
    account("acc_1", "<!channel> *Northwind* & <https://evil.example|click>")
    signal("s", "acc_1")
    intend_digests(berlin, EIGHT)
    intend_digests(berlin, EIGHT + timedelta(hours=1))

    [post] = [message for message in intended() if message.channel == "webhook"]
    assert post.key == "digest:webhook:2025-01-14"
    texts = " ".join(block["text"]["text"] for block in post.payload["blocks"])
    assert "<!channel>" not in texts
    assert "<https://evil.example" not in texts
    assert "<https://tenure.example.com/accounts/acc_1|" in texts
    assert set(post.payload) == {"text", "blocks"}


def test_many_accounts_are_counted_not_listed(berlin, ann):
    for n in range(25):
        signal(f"s{n}", f"acc_{n:02d}")
    intend_digests(berlin, EIGHT)

    [mail] = intended()
    assert mail.text.count("accounts/acc_") == 20
    assert "and 5 more accounts" in mail.text
    intend_digests(berlin, EIGHT + DAY)
    assert len(intended()) == 1, "those that were counted are told as well"


def test_a_forgotten_account_leaves_no_text_and_retells_nobody(berlin, ann):
    account("acc_1", "Northwind")
    signal("s1", "acc_1")
    signal("s2", "acc_2")
    intend_digests(berlin, EIGHT)

    assert forget_in_messages(["acc_1"], [], EIGHT) == 1

    [mail] = intended()
    assert (mail.text, mail.html, mail.subject, mail.status) == ("", "", "", "suppressed")
    Message.objects.update(status="sent")
    assert intend_digests(berlin, EIGHT + DAY) == 0


def test_names_that_look_like_markup_or_headers_stay_names(berlin, ann):
    account("acc_1", "Evil\r\nBcc: all@example.org <script>")
    signal("s", "acc_1")
    intend_digests(berlin, EIGHT)
    with sink_running() as sink:
        send_all(sink.port, EIGHT)

    [(_, mail)] = sink.taken
    assert mail["Bcc"] is None
    assert b"<script>" not in [part.get_payload(decode=True) for part in mail.walk()][-1]
