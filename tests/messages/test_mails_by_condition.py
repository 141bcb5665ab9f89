"""One mail says different things to different people, is checked before, and never has a hole."""

from dataclasses import dataclass, field
from datetime import date, datetime

import pytest
from message_worlds import NOON

from tenure.base.errors import BadDefinition
from tenure.kit.liquid import ValueMissing
from tenure.messages.authored import read_mail
from tenure.messages.composing import Composed, write_mail
from tenure.messages.mail_block import read_block
from tenure.messages.mail_names import MailNames
from tenure.segments.vocabulary import Vocabulary


@dataclass(frozen=True)
class Column:
    type: str


COLUMNS = {
    "plan": Column("varchar"),
    "members": Column("bigint"),
    "trial_ends_on": Column("date"),
    "name": Column("varchar"),
}
KNOWN = {("account", name) for name in COLUMNS} | {
    ("person", "first_name"), ("person", "email"), ("links", "app"), ("links", "choices"),
}  # fmt: skip
KINDS = {"members": "number", "trial_ends_on": "date"}
VALUES = {
    "person": {"first_name": "Ann", "email": "ann@acme.example"},
    "account": {"name": "Acme", "plan": "Pro", "members": 3, "trial_ends_on": date(2025, 3, 20)},
    "links": {"app": "https://app.example.com", "choices": "https://x.example/mail/t"},
    "company": {"name": "Northwind"},
}


def names(*blocks: str) -> MailNames:
    vocabulary = Vocabulary("account", COLUMNS, events=frozenset({"Report Exported"}))
    return MailNames(
        problem=lambda path: "" if path[:2] in KNOWN else f"there is no {'.'.join(path)}",
        kind=lambda path: KINDS.get(path[-1], "text"),
        is_always=lambda path: path[0] == "links" or path == ("person", "email"),
        over="account",
        vocabularies={"account": vocabulary, "person": vocabulary},
        blocks=frozenset(blocks),
    )


@dataclass
class Ann:
    """Who reads; `true` are the conditions that hold."""

    true: tuple[str, ...] = ()
    language: str = "en"
    account_id: str = "acme"
    person_id: str = "ann"
    now: datetime = NOON
    asked: list[tuple[str, str]] = field(default_factory=list)

    def holds(self, condition: str, over: str) -> bool | None:
        self.asked.append((condition, over))
        return condition in self.true or None

    def value(self, column: str) -> object:
        return None


HEAD = '+++\nsubject = "News"\n{head}\n+++\n'


def mail(body: str, head: str = "", form: str = "md", **blocks: str):
    read = {name: read_block(text, f"blocks/{name}.toml", names()) for name, text in blocks.items()}
    text = HEAD.replace("{head}", head) + body
    return read_mail(text, f"plays/a/01.en.{form}", names(*blocks), read, ["en"])


def written(body: str, head: str = "", who: Ann | None = None, values=VALUES, **more) -> Composed:
    return write_mail(mail(body, head, **more), values, who or Ann(), "https://x.example/mail/t")


NEXT = """
[[choice]]
where = "plan = 'Free'"
text = { en = "Try **Pro**, {{ person.first_name | default: 'you' }}." }
[[choice]]
where = "members >= 3"
text = { en = "Three of you: [share]({{ links.app }}/share?of={{ account.name | default: 'x' }})" }
"""
COVER = """
kind = "image"
[[choice]]
src = "https://cdn.example/{{ language }}/a.png"
width = 504
link = "{{ links.app }}/r"
[choice.alt]
en = 'A "good" report'
"""


def test_words_and_blocks_are_chosen_by_what_is_so_of_who_reads():
    body = (
        "{% where \"plan = 'Free'\" %}free{% elsewhere \"did('Report Exported', 30) = 0\" %}idle"
        "{% else %}busy{% endwhere %}\n\n{% block next %}"
    )
    idle = "did('Report Exported', 30) = 0"
    told = written(body, who=Ann((idle, "members >= 3")), next=NEXT)
    assert "idle\n\nThree of you: share (https://app.example.com/share?of=Acme)" in told.text
    assert told.used[f"where {idle}"] is True
    assert told.used["block next"]["choice"] == 2
    assert told.used["account.name"] == "Acme"
    nobody = written(body, who=Ann(), next=NEXT)
    assert nobody.text.startswith("busy\n")
    assert nobody.used["block next"] is None


@pytest.mark.parametrize("form", ["md", "mjml"])
def test_an_image_has_its_words_its_link_and_its_width(form):
    body = "{% block cover %}" if form == "md" else _section("{% block cover %}")
    told = written(body, cover=COVER, form=form)
    assert 'src="https://cdn.example/en/a.png"' in told.html
    assert 'alt="A &quot;good&quot; report"' in told.html
    assert 'href="https://app.example.com/r"' in told.html
    assert 'A "good" report' in told.text


def _section(inside: str) -> str:
    return f"<mj-section><mj-column>{inside}</mj-column></mj-section>"


EVIL = '<script>alert(1)</script>"][x](javascript:1) {{ links.app }}'


@pytest.mark.parametrize("form", ["md", "mjml"])
def test_a_name_is_never_more_than_a_name(form):
    body = (
        'Hello {{ account.name }}, {% block next %} <a href="{{ links.app }}/{{ account.name }}">'
    )
    if form == "mjml":
        body = _section(f"<mj-text>{body}go</a></mj-text>")
    values = {**VALUES, "account": {**VALUES["account"], "name": EVIL}}
    told = written(
        body, 'required = ["account.name"]', Ann(("members >= 3",)), values, form=form, next=NEXT
    )
    assert "<script" not in told.html
    assert 'href="javascript' not in told.html
    assert EVIL.replace("{{ links.app }}", "https") not in told.html
    assert EVIL in told.text


def test_mjml_stands_in_the_house_frame_that_turns_dark_and_leads_to_ones_choices():
    body = _section("<mj-text>Hello</mj-text><mj-button href='{{ links.app }}'>Go</mj-button>")
    told = written(body, 'preheader = "Look"', form="mjml")
    assert "prefers-color-scheme: dark" in told.html
    assert '<meta name="color-scheme" content="light dark"' in told.html
    assert 'href="https://x.example/mail/t"' in told.html
    assert told.html.count("Look") == 1
    assert 'lang="en"' in told.html
    assert "Hello\n\nGo (https://app.example.com)" in told.text


def test_a_mail_with_its_own_frame_stays_light_where_it_says_nothing_of_the_dark():
    own = f"<mjml><mj-body>{_section('<mj-text>Hi {{ links.choices }}</mj-text>')}</mj-body></mjml>"
    told = written(own, form="mjml")
    assert 'content="light only"' in told.html
    assert "<title>News</title>" in told.html


def test_a_default_stands_in_for_what_nobody_knows_and_that_is_noted():
    values = {**VALUES, "person": {"first_name": "", "email": "a@b.example"}}
    told = written(
        "Hello {{ person.first_name }}, {{ account.members }}",
        'required = ["account.members"]\n[defaults]\nperson.first_name = "there"',
        values=values,
    )
    assert told.text.startswith("Hello there, 3")
    assert told.defaults == ("person.first_name",)


@pytest.mark.parametrize(
    ("body", "head", "missing"),
    [
        ("Ends {{ account.trial_ends_on }}", 'required = ["account.trial_ends_on"]', "cannot do"),
        ("{% if account.plan %}{{ account.trial_ends_on }}{% endif %}",
         'required = ["account.trial_ends_on"]', "account.trial_ends_on is not known"),
        ("{% if account.trial_ends_on == nil %}{{ account.trial_ends_on }}{% endif %}",
         "", "line 5: account.trial_ends_on is not known"),
    ],
)  # fmt: skip
def test_a_mail_without_what_it_needs_is_not_written(body, head, missing):
    values = {**VALUES, "account": {"plan": "Pro", "trial_ends_on": None}}
    with pytest.raises(ValueMissing) as held:
        written(body, head, values=values)
    assert missing in held.value.message


@pytest.mark.parametrize(
    ("body", "head", "message"),
    [
        ("Hi {{ person.first_name }}", "", "line 5: person.first_name is not known of everybody"),
        ("Hi {{ person.nick }}", "", "line 5: there is no person.nick"),
        ("{% where \"plan = 'Pro\" %}a{% endwhere %}", "", "line 5: \"plan = 'Pro\""),
        ("{% where \"plann = 'Pro'\" %}a{% endwhere %}", "", "`plan`"),
        ("{% block nxt %}", "", "did you mean 'next'?"),
        ("{% assign n = account.members %}{{ n }}", "", "account.members is not known of everybody"),
        ("Hi", "[defaults]\naccount.members = 'three'", "'three' stands for a number"),
        ("Hi", "[defaults]\nperson.first_name = 3", "3 stands for a text; put it in quotes"),
        ("Hi", "[defaults]\naccount.trial_ends_on = 'soon'", "stands for a date"),
        ("Hi", 'required = ["account.nick"]', "required: there is no account.nick"),
        ("Hi", 'required = ["account.plan"]\n[defaults]\naccount.plan = "x"', "keep the default or"),
        ("Hi", 'preheader = "{% block next %}"', "is no phrase, and this is one line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_when_it_is_applied_with_its_place(body, head, message):
    with pytest.raises(BadDefinition) as refused:
        mail(body, head, next=NEXT)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "choice: write from 1 to 50"),
        ("[[choice]]\ntext = { en = 'a' }\n[[choice]]\ntext = { en = 'b' }", "none below is ever"),
        (
            "[[choice]]\nwhere = 'plann = 1'\ntext = { en = 'a' }",
            "choice[1].where: line 1, column 1",
        ),
        ("kind = 'image'\n[[choice]]\nsrc = 'http://a/b'\nalt = { en = 'a' }", "use https://"),
        ("kind = 'image'\n[[choice]]\nsrc = 'https://a/b'", "choice[1].alt: write it in each"),
        ("kind = 'phrase'\n[[choice]]\ntext = { en = \"a\\nb\" }", "a phrase is one line"),
        ("[[choice]]\ntext = { en = '{% block other %}' }", "a block asks by its choices"),
        (
            "[[choice]]\ntext = { en = '{{ account.plan }}' }",
            "account.plan is not known of everybody",
        ),
        ("[[choice]]\ntxt = { en = 'a' }", "choice[1].text: write it in each language"),
    ],
)
def test_what_is_wrong_with_a_block_is_said_with_its_place(text, message):
    with pytest.raises(BadDefinition) as refused:
        read_block(text, "blocks/next.toml", names())
    assert message in refused.value.message


def test_a_block_stands_in_every_language_of_who_names_it():
    blocks = {"next": read_block(NEXT, "blocks/next.toml", names())}
    text = HEAD.replace("{head}", "") + "{% block next %}"
    with pytest.raises(BadDefinition) as refused:
        read_mail(text, "plays/a/01.en.md", names("next"), blocks, ["en", "de"])
    assert "line 5: the block 'next' does not stand in de" in refused.value.message


def test_an_event_that_nobody_sent_is_told_of():
    read = mail("{% where \"did('Raport Exported', 3) = 0\" %}a{% endwhere %}")
    assert read.unseen == ("Raport Exported",)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<mj-txt>a</mj-txt>", "there is no element <mj-txt>; did you mean <mj-text>?"),
        ("<mj-text>a", "</mj-column> ends nothing; <mj-text> of line"),
        ("<mj-text color='{{ links.app }}'>a</mj-text>", "a value stands in color of <mj-text>"),
        ("<mj-include path='x' />", "<mj-include> is not taken"),
        ("<mj-text><script>a</script></mj-text>", "<script> is not taken"),
        ("<mj-text onclick='a'>a</mj-text>", "would be a script"),
        ("<mj-text><{{ links.app }}/></mj-text>", "line 5: a value stands as an element"),
    ],
)
def test_mjml_that_is_none_is_refused_with_its_line(inside, message):
    with pytest.raises(BadDefinition) as refused:
        written(_section(inside), form="mjml")
    assert message in refused.value.message


def test_what_mrml_writes_as_rust_would_is_text_again():
    body = _section('<mj-image src="https://a.example/b.png" alt="👩‍💻 \\ 中文" />')
    assert 'alt="👩‍💻 \\ 中文"' in written(body, form="mjml").html
