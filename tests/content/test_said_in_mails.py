"""What customers said, and what is to be learned, inside a mail of a play."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from content.content_worlds import NOW, accounts, person, said_by
from tenure.base.errors import BadDefinition
from tenure.content.audience import audiences
from tenure.content.lessons import lessons
from tenure.content.models import LessonProgress
from tenure.content.next_lesson import Pupil, ranked
from tenure.content.testimonials import PAGE, withdraw
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.messages.asking import refuse
from tenure.messages.authored import read_mail
from tenure.messages.composing import Composed, write_mail
from tenure.plays.mail_reading import mail_names

pytestmark = pytest.mark.django_db

HEAD = '+++\nsubject = "Reports"\n+++\n'
VALUES: Mapping[str, object] = {"company": {"name": "Northwind"}}


@dataclass
class Reader:
    account_id: str
    person_id: str = ""
    language: str = "en"
    now: datetime = NOW
    columns: Mapping[str, object] = field(default_factory=dict)

    def holds(self, condition: str, over: str) -> bool | None:
        return None

    def value(self, column: str) -> object:
        return self.columns.get(column)


def written(text: str, reader: Reader, form: str = "md") -> Composed:
    mail = read_mail(HEAD + text, f"plays/a/01.en.{form}", mail_names("account"))
    return write_mail(mail, VALUES, reader)


def lesson(name: str, text: str, **pages: str) -> None:
    packed = pack({"lesson.toml": text} | pages, "lesson.toml", f"lessons/{name}")
    put_in_force("lesson", name, packed, now=NOW, by="ada")


@pytest.fixture
def northwind(home):
    accounts("""
        acme plan=Pro stage=new
        beta plan=Pro
    """)
    person("ann")
    return home


@pytest.mark.parametrize("form", ["md", "mjml"])
def test_a_customer_speaks_in_a_mail_with_name_source_and_date(northwind, form):
    said_by("beta", "Minutes <now>.", who="Bo & Co", features=["reports"])
    tag = '{% testimonial feature: "reports" %}'
    text = tag if form == "md" else f"<mj-text>{tag}</mj-text>"
    mail = written(f"{text}\n", Reader("acme", "ann"), form)

    assert "“Minutes &lt;now&gt;.”" in mail.html
    assert "Bo &amp; Co" in mail.html
    assert "data-said=" in mail.html
    assert "“Minutes <now>.”\n— Bo & Co\nMay 10, 2026" in mail.text


def test_nobody_speaks_where_nothing_may_be_said(northwind):
    said = said_by("beta", "Minutes now.", features=["reports"])
    own = written('Hello {% testimonial feature: "reports" %}bye', Reader("beta"))
    other = written('Hello {% testimonial feature: "portal" %}bye', Reader("acme"))
    withdraw(said, how=PAGE, by="themselves", now=NOW)
    back = written('Hello {% testimonial feature: "reports" %}bye', Reader("acme"))

    assert ["Minutes" in mail.html + mail.text for mail in (own, other, back)] == [False] * 3


def test_what_stands_after_a_tag_stays(northwind):
    mail = written("One {% testimonial %}two {% ask %} three {% lesson %}.", Reader("beta"))

    assert mail.text.split()[:4] == ["One", "two", "three", "."]


def test_a_tag_that_is_misspelt_is_refused_with_its_line(northwind):
    with pytest.raises(BadDefinition, match="line 5: testimonial knows no 'featur'; did you mean"):
        read_mail(
            f'{HEAD}Hi\n{{% testimonial featur: "a" %}}', "plays/a/01.en.md",
            mail_names("account"),
        )  # fmt: skip


def test_a_lesson_stands_in_a_mail_with_the_readers_own_link(northwind):
    lesson("reports", 'title = { en = "Reports" }\nlink = "https://x.test"\nminutes = 5\n')
    mail = written("{% lesson %}", Reader("acme", "ann"))
    LessonProgress.objects.create(
        person_id="ann", account_id="acme", lesson="reports", started_at=NOW, finished_at=NOW
    )
    done = written("{% lesson %}\nbye", Reader("acme", "ann"))
    named = written('{% lesson name: "reports" %}\nbye', Reader("acme", "ann"))

    assert "<strong>Reports</strong></a><br>" in mail.html
    assert "About 5 minutes" in mail.text
    assert "/learn/reports/" in mail.text
    assert "Reports</strong>" not in done.html + named.html


def test_a_mail_asks_by_a_link_of_the_readers_own_unless_they_said_no(northwind):
    asking = written('{% ask feature: "reports" %}', Reader("acme", "ann"))
    refuse("ann", NOW)
    after = written("{% ask %}\nbye", Reader("acme", "ann"))

    assert "/say/m-" in asking.text
    assert "/say/m-" in asking.html
    assert "/say/" not in after.text + after.html


def test_what_comes_next_follows_the_stage_then_the_forecast_then_what_is_paid_for(northwind):
    for name, more in {
        "for_all": "",
        "for_active": 'stages = ["active"]',
        "for_new": 'stages = ["new"]',
        "for_left": 'stages = ["left"]',
        "portal": 'feature = "portal"',
    }.items():
        lesson(name, f'title = {{ en = "{name}" }}\nlink = "https://x.test"\n{more}\n')
    lesson(
        "soon",
        'title = { en = "Soon" }\nkind = "webinar"\nlink = "https://x.test"\nstages = ["new"]\n'
        "starts_at = 2026-05-12T10:00:00Z\n",
    )

    them = Pupil("en", audiences(["acme"])["acme"], unused=["portal"], next_stage="active")
    names = [each.lesson.name for each in ranked(lessons(), them, NOW)]
    later = [each.lesson.name for each in ranked(lessons(), them, NOW + timedelta(days=3))]

    assert names == ["soon", "for_new", "for_active", "portal", "for_all"]
    assert later == names[1:]
