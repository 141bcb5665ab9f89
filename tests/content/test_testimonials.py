"""Words of customers: kept as they were said, shown as they agreed to, and gone when they say so."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from content.content_worlds import NOW, accounts, person, said_by, wanted
from messages.message_worlds import intended
from tenure.app.decoders import DECODERS
from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage, Conflict, InvalidInput
from tenure.content import asks
from tenure.content.audience import audiences
from tenure.content.blocks import told
from tenure.content.forgetting import forget_in_content
from tenure.content.importing import import_csv
from tenure.content.models import Ask, ConsentWord, Standing
from tenure.content.models import Testimonial as Words
from tenure.content.picking import Sayable
from tenure.content.testimonials import (
    MAIL,
    OPERATOR,
    PAGE,
    SITE,
    Said,
    agree,
    keep,
    moderate,
    shorten,
    withdraw,
)
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.shipping import ship
from tenure.messages.ledger import claim_one
from tenure.messages.models import Message, MessageAbout, Status
from tenure.messages.quoted import quoting as mails_quoting

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


def picked(account: str, **more) -> str:
    audience = audiences([account])[account] if account else None
    asked = wanted(audience=audience, **more) if audience else wanted(**more)
    found = Sayable.now().pick(asked)
    return found[0].words if found else ""


def quoting(said: Words, key: str = "m1", **more) -> Message:
    """A mail in the ledger that quotes these words."""
    block = told(said, "en", UTC)
    return intended(
        f"{key}@acme.test", key=key,
        text=f"Hello\n\n{block}\n\nbye\n", html=f'<html lang="en">Hello{block.html}bye</html>',
        **more,
    )  # fmt: skip


# --- what may be said


def test_nothing_is_said_before_somebody_looked_and_they_agreed(home):
    said = keep(Said("It works.", "en", NOW), now=NOW, by="themselves")
    assert picked("") == ""

    moderate(said, Standing.APPROVED, by="ada", now=NOW)
    assert picked("") == ""

    agree(said, [SITE], how=PAGE, by="themselves", now=NOW)
    assert picked("") == ""
    assert picked("", place=SITE) == "It works."


def test_an_operator_says_how_they_agreed(home):
    said = keep(Said("It works.", "en", NOW), now=NOW, by="ada")

    with pytest.raises(InvalidInput, match="evidence: say how they agreed"):
        agree(said, [MAIL], how=OPERATOR, by="ada", now=NOW)
    with pytest.raises(InvalidInput, match="that they are critical is no reason"):
        moderate(said, Standing.DECLINED, by="ada", now=NOW)


def test_nobody_reads_their_own_words_or_a_rivals(home):
    accounts("""
        acme rivals=beta,gamma.test
        beta
        gamma
        delta
    """)
    said_by("acme", "Acme's")
    assert picked("acme") == ""
    said_by("beta", "Beta's")
    assert picked("acme") == ""
    assert picked("beta") == ""  # whoever names somebody a rival is theirs too
    said_by("gamma", "Gamma's")
    assert picked("acme") == ""
    said_by("delta", "Delta's", kept_from=["acme"])
    assert picked("acme") == ""
    assert picked("gamma") in ("Beta's", "Delta's")


def test_the_customer_most_like_them_speaks_first(home):
    accounts("""
        reader industry=law plan=Pro people=9
        alike industry=law plan=Pro people=7
        plan industry=retail plan=Pro people=400
        other industry=retail plan=Team people=400
    """)
    said_by("other", "Other")
    assert picked("reader") == "Other"
    said_by("plan", "Plan")
    assert picked("reader") == "Plan"
    said_by("alike", "Alike")
    assert picked("reader") == "Alike"


def test_tags_say_who_reads_it(home):
    accounts("""
        big plan=Pro segment=enterprise stage=active
        small plan=Solo stage=new
    """)
    said_by("", "For enterprises", segments=["enterprise"])
    assert (picked("big"), picked("small")) == ("For enterprises", "")
    said_by("", "For the new", stages=["new"], features=["reports"])
    assert picked("small", feature="reports") == "For the new"
    assert picked("small", feature="portal") == ""
    said_by("", "Für Pro", plans=["Pro"], language="de")
    assert picked("big", language="de-at") == "Für Pro"
    assert picked("small", language="de") == ""


def test_the_two_chinese_scripts_are_two_languages(home):
    said_by("", "很好", language="zh-hans")

    assert picked("", language="zh-hans") == "很好"
    assert picked("", language="zh-hant") == ""


def test_of_many_alike_each_person_has_their_own_and_keeps_it(home):
    for number in range(6):
        said_by("", f"Words {number}")
    of_each = {id: picked("", person_id=f"p{id}") for id in range(60)}
    assert len(set(of_each.values())) == 6
    assert of_each == {id: picked("", person_id=f"p{id}") for id in range(60)}

    withdraw(Words.objects.get(words="Words 3"), how=PAGE, by="themselves", now=NOW)
    moved = [id for id in of_each if picked("", person_id=f"p{id}") != of_each[id]]
    assert moved == [id for id, words in of_each.items() if words == "Words 3"]


# --- as they said it


def test_an_excerpt_is_cut_from_their_words_and_says_so(home):
    said = said_by("acme", "It took us a year. Then it was good.\nNow it is very good.")

    shorten(said, "Then it was good. … very good.", NOW)
    assert told(said, "en", UTC).startswith("“Then it was good. … very good.”")
    assert told(said, "en", UTC).endswith("May 10, 2026 · excerpt")
    with pytest.raises(InvalidInput, match="is not what they said"):
        shorten(said, "very good. … It took us a year.", NOW)
    with pytest.raises(InvalidInput, match="is not what they said"):
        shorten(said, "It was always good", NOW)
    assert said.words.startswith("It took us a year.")


def test_what_they_typed_is_text_in_a_mail(home):
    said = said_by("acme", "<b>good</b> & cheap", who="<i>Ann</i>")
    html = told(said, "en", UTC).html

    assert "&lt;b&gt;good&lt;/b&gt; &amp; cheap" in html
    assert "&lt;i&gt;Ann&lt;/i&gt;" in html
    assert "<b>" not in html


# --- taken back


def test_what_is_taken_back_is_out_of_every_mail_that_waits(home):
    said, stays = said_by("acme", "It works."), said_by("beta", "It helps.")
    quoting(said, "ready")
    claimed = quoting(said, "claimed")
    quoting(stays, "other")
    [held_by_sender] = claim_one(claimed, NOW)
    sent = quoting(said, "sent")
    Message.objects.filter(pk=sent.pk).update(status=Status.SENT)

    withdraw(said, how=PAGE, by="themselves", now=NOW)

    rows = {each.key: each for each in Message.objects.all()}
    assert rows["ready"].text == "Hello\n\nbye\n"
    assert rows["ready"].html == '<html lang="en">Hellobye</html>'
    assert (rows["ready"].status, rows["claimed"].status) == (Status.READY, Status.READY)
    assert rows["claimed"].claim != held_by_sender.claim  # the sender's copy is not begun
    assert "It helps." in rows["other"].text
    assert "It works." in rows["sent"].text
    assert picked("") == "It helps."


def test_a_mail_that_cannot_be_mended_is_withheld(home):
    said = said_by("acme")
    message = quoting(said)
    Message.objects.filter(pk=message.pk).update(text="They say: It  works.")

    withdraw(said, how=PAGE, by="themselves", now=NOW)

    message.refresh_from_db()
    assert (message.status, message.why) == (
        Status.SUPPRESSED, "it quotes words that may be said no more",
    )  # fmt: skip


def test_consent_for_the_site_alone_takes_it_out_of_mails(home):
    said = said_by("acme")
    message = quoting(said)

    agree(said, [SITE], how=PAGE, by="themselves", now=NOW)

    message.refresh_from_db()
    assert "It works." not in message.text
    assert picked("", place=SITE) == "It works."
    assert [each.scope for each in ConsentWord.objects.order_by("pk")] == [[MAIL, SITE], [SITE]]


def test_who_is_forgotten_takes_their_words_along(home):
    accounts("acme\nbeta")
    said = said_by("acme", "It works.", person_id="u1")
    kept = said_by("beta", "It helps.", kept_from=["acme"])
    message = quoting(said)
    make = asks.make_ask("acme", now=NOW, by="ada")

    assert forget_in_content(["acme"], ["u1"], NOW) > 0

    message.refresh_from_db()
    kept.refresh_from_db()
    assert list(Words.objects.all()) == [kept]
    assert (kept.kept_from, Ask.objects.filter(pk=make.pk).exists()) == ([], False)
    assert "It works." not in message.text + message.html


# --- the link


@pytest.fixture
def link(home) -> str:
    accounts("acme")
    person("ann")
    ask = asks.make_ask("acme", person_id="ann", feature="reports", now=system_clock(), by="ada")
    return asks.PATH + asks.token_of(ask)


def test_somebody_says_something_sees_it_and_takes_it_back(link, client: Client):
    page = client.get(link)
    assert page.status_code == 200
    assert 'value="Ann"' in page.content.decode()
    assert Words.objects.count() == 0

    said = {"action": "say", "words": "Not bad at all.", "who": "Ann", "may_site": "1"}
    reply = client.post(link, said)
    assert (reply.status_code, reply["location"]) == (303, link)
    made = Words.objects.get()
    assert (made.words, made.who, made.company, made.person_id, made.scope, made.features) == (
        "Not bad at all.", "Ann", "", "ann", [SITE], ["reports"],
    )  # fmt: skip
    assert made.standing == Standing.WAITING
    assert "Not bad at all." in client.get(link).content.decode()

    client.post(link, {"action": "back"})
    made.refresh_from_db()
    assert (made.scope, made.withdrawn_at is not None) == ([], True)
    assert "You took back what you said" in client.get(link).content.decode()


def test_without_saying_where_it_may_be_shown_nothing_is_kept(link, client: Client):
    reply = client.post(link, {"action": "say", "words": "Fine."})

    assert reply.status_code == 422
    assert "Say where it may be shown" in reply.content.decode()
    assert "Fine." in reply.content.decode()
    assert Words.objects.count() == 0


def test_a_link_that_was_changed_or_is_old_opens_nothing(link, client: Client):
    assert client.get(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404
    Ask.objects.update(expires_at=system_clock() - timedelta(days=1))
    reply = client.get(link)
    assert (reply.status_code, "time of this link is over" in reply.content.decode()) == (404, True)


def test_a_mails_link_keeps_nothing_until_something_is_said(home, client: Client):
    accounts("acme")
    person("ann")
    link = asks.personal_path("acme", "ann", "reports")
    assert client.get(link).status_code == 200
    assert Ask.objects.count() == 0

    client.post(link, {"action": "say", "words": "Fine.", "may_mail": "1"})
    assert "Fine." in client.get(link).content.decode()
    client.post(link, {"action": "back"})
    assert Words.objects.get().withdrawn_at is not None
    assert Ask.objects.count() == 1

    assert client.get(link[:-1]).status_code == 404
    assert client.get(asks.personal_path("acme", "gone")).status_code == 404


def test_whoever_asked_hears_that_it_was_answered_and_none_of_the_words(link, home, client: Client):
    client.post(link, {"action": "say", "words": "Very secret.", "may_site": "1"})

    inbox = open_inbox(home)
    ship(home, inbox, DECODERS, lambda *_: None, system_clock())
    inbox.close()
    with reading(home, fresh=True) as reader:
        [row] = reader.relation("event").to_pylist()
    assert (row["name"], row["user_id"], row["account_key"]) == ("Testimonial Given", "ann", "acme")
    assert "secret" not in str(row)


def test_who_does_not_want_to_be_asked_is_not_asked_again(link, client: Client):
    client.post(link, {"action": "never"})

    with pytest.raises(Conflict, match="does not want to be asked"):
        asks.make_ask("acme", person_id="ann", now=NOW, by="ada")


# --- public words


def test_public_reviews_come_in_once_with_source_and_date(home, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text(
        "words,url,date,who,source,language\n"
        "Very quick.,https://reviews.test/1,2026-04-02,Bo,G2,en\n"
        "Slow.,not an address,2026-04-02,,,en\n"
        "Later.,https://reviews.test/2,2031-04-02,,,en\n"
    )
    came = import_csv(path, now=NOW, by="ada")
    assert [each.is_new for each in came] == [True, False, False]
    assert "source_url: 'not an address' is no address" in came[1].problem
    assert "said_at: 2031-04-02 is still to come" in came[2].problem
    assert [each.is_new for each in import_csv(path, now=NOW + timedelta(1), by="ada")][0] is False

    said = Words.objects.get()
    assert picked("") == ""  # nobody has looked at it
    moderate(said, Standing.APPROVED, by="ada", now=NOW)
    assert picked("") == "Very quick."
    assert told(said, "en", UTC).splitlines() == [
        "“Very quick.”", "— Bo", "G2 · April 2, 2026", "https://reviews.test/1",
    ]  # fmt: skip


def test_a_file_without_addresses_is_refused(home, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("words,date\nVery quick.,2026-04-02\n")

    with pytest.raises(BadUsage, match="there is no column 'url'"):
        import_csv(path, now=NOW, by="ada")


def test_the_ledger_knows_which_mail_quotes_whom(home):
    said = said_by("acme")
    message = quoting(said)

    assert MessageAbout.objects.get().subject_id == said.key
    assert list(mails_quoting(said.key)) == [message]


def test_words_that_were_taken_back_while_a_mail_was_written_are_not_in_it(home):
    said = said_by("acme")
    withdraw(said, how=PAGE, by="themselves", now=NOW)
    message = quoting(said)

    message.refresh_from_db()
    assert message.text == "Hello\n\nbye\n"
    assert list(mails_quoting(said.key)) == []
