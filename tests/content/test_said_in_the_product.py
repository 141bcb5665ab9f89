"""What customers said, and what is to be learned, shown in the product; and gone when taken back."""

from typing import Any

import pytest

from content.content_worlds import NOW, accounts, person, said_by
from content.test_said_in_mails import Reader, lesson
from messages.in_app_worlds import Page
from tenure.content.models import Testimonial as Words
from tenure.content.picking import _sayable
from tenure.content.testimonials import MAIL, PAGE, SITE, agree, withdraw
from tenure.messages.in_app.file import read_in_app
from tenure.messages.in_app.writing import payload_of, write_in_app
from tenure.messages.ledger import intend_all, new_message
from tenure.messages.models import Message
from tenure.plays.mail_reading import mail_names

pytestmark = pytest.mark.django_db

HEAD = '+++\ntitle = "Reports"\n+++\n'


def said(text: str, language: str = "en") -> dict[str, Any]:
    authored = read_in_app(HEAD + text, "plays/a/01.en.md", "modal", mail_names("account"))
    return write_in_app(authored, {}, Reader("acme", "ann", language)).said


def shown(text: str, key: str = "m1") -> Message:
    """It waits for Ann, in two languages."""
    words = {language: said(text, language) for language in ("en", "zh-hans")}
    message = new_message(
        key=key, purpose="play", channel="in_app", recipient="", person_id="ann",
        account_id="acme", now=NOW, text=words["en"]["text"],
        payload=payload_of("modal", words, prefers="", over="account"),
    )  # fmt: skip
    intend_all([(message, [])])
    return Message.objects.get(key=key)


def of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.status, message.text + str((message.payload or {}).get("said", ""))


@pytest.fixture
def northwind(home):
    _sayable.cache_clear()  # another test's words may have been as many
    accounts("acme plan=Pro stage=new\nbeta plan=Pro")
    person("ann")
    return home


def test_a_customer_speaks_in_the_product_without_styles_of_a_mail(northwind):
    kept = said_by("beta", "Minutes <now>.", who="Bo & Co")
    told = said("Look: {% testimonial %} Good.")

    assert f'data-said="{kept.key}"' in told["html"]
    assert "Minutes &lt;now&gt;." in told["html"]
    assert "style=" not in told["html"]
    assert "“Minutes <now>.”\n— Bo & Co" in told["text"]


def test_a_lesson_and_a_link_to_say_something_lead_to_pages_of_ours(northwind):
    lesson("reports", 'title = { en = "Reports" }\nlink = "https://x.test"\n')
    told = said("{% lesson %}\n\n{% ask %}")

    assert "/learn/reports/" in told["html"] and "/say/m-" in told["html"]


def test_what_may_stand_in_mails_alone_stands_in_no_product(northwind):
    kept = said_by("beta", "Minutes now.")
    agree(kept, [MAIL], how=PAGE, by="themselves", now=NOW)
    assert "Minutes" not in said("{% testimonial %} Good.")["html"]
    agree(kept, [SITE], how=PAGE, by="themselves", now=NOW)
    assert "Minutes" in said("{% testimonial %} Good.")["html"]


def test_what_is_taken_back_goes_from_what_waits_and_from_what_is_on_the_page(northwind):
    kept = said_by("beta", "Minutes now.")
    waits, alone = shown("Look: {% testimonial %} Good."), shown("{% testimonial %}", "m2")
    page = Page(northwind, now=NOW, said={"person": "ann"})
    Message.objects.filter(pk=waits.pk).update(status="shown")
    assert "Minutes now." in page.shown("en")[0]["html"]

    withdraw(kept, how=PAGE, by="themselves", now=NOW)
    assert [each["html"] for each in page.shown("en")] == ["<p>Look:</p>\n<p>Good.</p>\n"]
    assert of(waits)[0] == "shown" and "Minutes" not in of(waits)[1]
    assert of(alone)[0] == "suppressed"  # nothing else was said
    alone.refresh_from_db()
    assert alone.why == "it quotes words that may be said no more"


def test_only_what_the_consent_held_for_goes(northwind):
    kept = said_by("beta", "Minutes now.")
    waits = shown("Look: {% testimonial %} Good.")
    agree(kept, [SITE], how=PAGE, by="themselves", now=NOW)
    assert "Minutes" in of(waits)[1]
    agree(kept, [MAIL], how=PAGE, by="themselves", now=NOW)
    assert "Minutes" not in of(waits)[1]


def test_words_that_were_taken_back_while_they_were_written_are_not_kept(northwind):
    kept = said_by("beta", "Minutes now.")
    words = {"en": said("Look: {% testimonial %} Good.")}
    Words.objects.filter(pk=kept.pk).update(scope=[MAIL])
    message = new_message(
        key="m3", purpose="play", channel="in_app", recipient="", person_id="ann", now=NOW,
        payload=payload_of("modal", words, prefers="", over="account"),
    )  # fmt: skip
    intend_all([(message, [])])
    assert "Minutes" not in of(Message.objects.get(key="m3"))[1]
