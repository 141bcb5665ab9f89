"""One turn, as the worker takes it: from the console's form to the mail in the sink."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from smtp_sink import Sink, sink_running

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition
from tenure.console.models import SignInLink
from tenure.console.sign_in import make_sign_in_link, owner
from tenure.messages.configuration import console_url, mail_settings, webhook_settings
from tenure.messages.models import Message, SignInAsked
from tenure.messages.readiness import ways_out
from tenure.messages.round import turn
from tenure.tasks.models import TaskChange
from tenure.tasks.work import open_task

pytestmark = pytest.mark.django_db(transaction=True)


def configure(home, port: int, more: str = "") -> None:
    home.settings_file.write_text(
        f'[company]\nname = "Fernhill"\n[mail]\nhost = "127.0.0.1"\nport = {port}\n'
        f'security = "none"\nfrom = "Tenure <tenure@example.com>"\n{more}'
    )


@pytest.fixture
def sink(home):
    with sink_running() as running:
        configure(home, running.port, '[console]\nurl = "http://testserver"\n')
        yield running


def user(name: str, email: str):
    return get_user_model().objects.create_user(name, email=email)


def link_in(sink: Sink, place: int = -1) -> str:
    plain = next(p for p in sink.taken[place][1].walk() if p.get_content_type() == "text/plain")
    return re.search(r"http://testserver/sign-in/\S+", plain.get_payload(decode=True).decode())[0]


def test_a_link_by_mail_signs_in_once(home, sink):
    ann = user("ann", "Ann@example.org")
    asked = Client().post("/sign-in/by-mail", {"email": "ann@Example.org"})
    assert asked.status_code == 200
    assert turn(home, system_clock()).counts == {"sent": 1}

    assert sink.taken[0][0] == "Ann@example.org"
    browser = Client()
    assert browser.get(link_in(sink)).headers["Location"] == "/"
    assert browser.session["_auth_user_id"] == str(ann.pk)
    assert Client().get(link_in(sink)).status_code == 404
    assert not Message.objects.filter(text__contains="sign-in/").exists()
    assert not SignInAsked.objects.exclude(address="").exists()


def test_the_link_of_a_mail_lives_half_an_hour(home, sink):
    user("ann", "ann@example.org")
    Client().post("/sign-in/by-mail", {"email": "ann@example.org"})
    now = system_clock()
    turn(home, now)

    link = SignInLink.objects.get()
    assert link.expires_at == now + timedelta(minutes=30)
    assert Message.objects.get().valid_until == link.expires_at


def test_asking_for_a_link_voids_none_that_was_printed(home, sink):
    printed = make_sign_in_link(user("ann", "ann@example.org"), system_clock(), "http://testserver")
    Client().post("/sign-in/by-mail", {"email": "ann@example.org"})
    turn(home, system_clock())

    assert Client().get(printed).headers["Location"] == "/"
    assert Client().get(link_in(sink)).headers["Location"] == "/"


def test_the_page_says_the_same_whether_the_address_is_known(home, sink):
    user("ann", "ann@example.org")
    known = Client().post("/sign-in/by-mail", {"email": "ann@example.org"})
    unknown = Client().post("/sign-in/by-mail", {"email": "eve@example.org"})
    wrong = Client().post("/sign-in/by-mail", {"email": "eve"})
    turn(home, system_clock())

    def shown(reply) -> str:
        return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", reply.content.decode())

    assert shown(known) == shown(unknown) == shown(wrong)
    assert "a link is on its way" in shown(known)
    assert [to for to, _ in sink.taken] == ["ann@example.org"]


def test_asking_often_sends_three_and_says_the_same(home, sink):
    user("ann", "ann@example.org")
    replies = [Client().post("/sign-in/by-mail", {"email": "ann@example.org"}) for _ in range(8)]
    for _ in range(3):
        turn(home, system_clock())

    assert {reply.status_code for reply in replies} == {200}
    assert len(sink.taken) == 3


def test_one_place_cannot_ask_for_all(home, sink):
    for n in range(20):
        user(f"u{n}", f"u{n}@example.org")
        Client().post("/sign-in/by-mail", {"email": f"u{n}@example.org"})
    turn(home, system_clock())

    assert len(sink.taken) == 10


def test_who_may_not_sign_in_any_more_gets_no_link(home, sink):
    get_user_model().objects.create_user("old", email="old@example.org", is_active=False)
    Client().post("/sign-in/by-mail", {"email": "old@example.org"})

    assert turn(home, system_clock()).total == 0


def test_without_a_mail_server_the_page_offers_no_link_and_messages_wait(home):
    assert "by-mail" not in Client().get("/sign-in").content.decode()
    assert Client().post("/sign-in/by-mail", {"email": "a@b.de"}).headers["Location"] == "/sign-in"
    assert not SignInAsked.objects.exists()
    assert "name a server in [mail]" in ways_out(home)[0].sentence


def test_changes_of_tasks_are_recorded_once(home):
    now = system_clock()
    open_task(title="x", because={"kind": "person"}, now=now, by="ann")
    turn(home, now)
    turn(home, now)

    assert TaskChange.objects.get().recorded_at == now


def test_a_mistake_in_the_settings_stops_nothing_else(home):
    configure(home, 25, "tiemout = 3\n")
    now = system_clock()
    open_task(title="x", because={"kind": "person"}, now=now, by="ann")
    assert turn(home, now).total == 0

    assert TaskChange.objects.get().recorded_at == now
    assert ways_out(home)[0].is_wrong


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[mail]\nhost = "x"\n', "mail.from: this is missing"),
        ('[mail]\nhost = "x"\nfrom = "nobody"\n', "is no mail address"),
        ('[mail]\nhost = "x y"\nfrom = "a@b.de"\n', "is no host"),
        ('[mail]\nhost = "x"\nfrom = "a@b.de"\nsecurity = "ssl"\n', "use tls, starttls, none"),
        ('[mail]\nhost = "x"\nfrom = "a@b.de"\nsecurity = "none"\nuser = "u"\n', "in the clear"),
        ('[mail]\nhost = "x"\nfrom = "a@b.de"\nport = 70000\n', "mail.port"),
        ('[mail]\nhost = "x"\nfrom = "a@b.de"\npassword = "pässword"\n', "ASCII"),
        ('[mail]\nhots = "x"\n', "did you mean host?"),
        ('[mail]\nhost = "x"\nfrom = "a@b.de"\ntimeout_s = 900\n', "use 1 to 30"),
    ],
)
def test_mistakes_in_mail_are_named(home, text, complaint):
    home.settings_file.write_text(text)
    with pytest.raises(BadDefinition, match=re.escape(complaint)):
        mail_settings(home, {})


def test_the_environment_stands_above_the_file(home):
    home.settings_file.write_text('[mail]\nhost = "a.example"\nfrom = "T <t@example.com>"\n')
    changed = {"TENURE_MAIL_HOST": "b.example", "TENURE_MAIL_PASSWORD": "s3cret"}

    settings = mail_settings(home, changed)

    assert (settings.host, settings.port, settings.password) == ("b.example", 587, "s3cret")
    assert "s3cret" not in repr(settings)


def test_where_links_lead(home):
    assert console_url(home, {}) == "http://127.0.0.1:8000"
    assert console_url(home, {"TENURE_SERVED_AT": "http://127.0.0.1:9"}) == "http://127.0.0.1:9"
    home.settings_file.write_text('[console]\nurl = "https://t.example/"\n')
    assert console_url(home, {"TENURE_SERVED_AT": "http://127.0.0.1:9"}) == "https://t.example"
    home.settings_file.write_text('[console]\nurl = "t.example"\n')
    with pytest.raises(BadDefinition, match=r"console\.url"):
        console_url(home, {})


def test_a_webhook_that_is_no_address_is_named_without_its_secret(home):
    home.settings_file.write_text('[webhook]\nurl = "hooks.example.com/secret"\n')
    with pytest.raises(BadDefinition, match=r"webhook\.url") as raised:
        webhook_settings(home, {})
    assert "secret" not in str(raised.value)


def test_what_you_get_is_kept_and_a_wrong_address_is_not(home):
    client = Client()
    client.force_login(owner())
    form = {"email": "me@example.org", "wants_at_once": "1", "hour": "17", "language": "zh-hant"}
    client.post("/you/messages", form)
    refused = client.post("/you/messages", form | {"email": "x\r\ny"}, follow=True)

    me = get_user_model().objects.select_related("recipient").get()
    assert me.email == "me@example.org"
    assert (me.recipient.wants_digest, me.recipient.wants_at_once) == (False, True)
    assert (me.recipient.hour, me.recipient.language) == (17, "zh-hant")
    assert "is no mail address" in refused.content.decode()
