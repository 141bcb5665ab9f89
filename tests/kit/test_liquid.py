"""Texts that an operator writes: what is refused while they write, and what a value can never do."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import BadDefinition
from tenure.kit.liquid import TemplateFailed, ValueMissing, filled, read_liquid
from tenure.kit.liquid_context import Piece
from tenure.kit.markdown import address_of, html_of, text_of
from tenure.kit.telling import TELLERS, Told

ANN = {"person": {"name": "Ann"}, "account": {"plan": "Pro", "unused": ["Export", "Portal"]}}


def _plain(text: str, values: dict[str, object] = ANN) -> str:
    return read_liquid(text, "a.en.md").plain(values)


def test_values_choices_and_rounds_are_filled_in() -> None:
    assert _plain("Hello {{ person.name }}") == "Hello Ann"
    assert _plain("{% if account.plan == 'Pro' %}yes{% else %}no{% endif %}") == "yes"
    assert _plain("{% for each in account.unused %}{{ each }};{% endfor %}") == "Export;Portal;"
    assert _plain("{{ person.nickname | default: 'there' }}") == "there"


def test_what_a_text_names_is_known_before_it_is_sent() -> None:
    read = read_liquid(
        "Hi\n{{ person.name }}{% if account.plan %}\n{{ x | upcase }}{% endif %}", "a"
    )
    assert [(str(each), each.line) for each in read.paths] == [
        ("person.name", 2),
        ("account.plan", 2),
        ("x", 3),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Hi\n{{ a | upcas }}",
            "a.en.md: line 2: there is no filter 'upcas'; did you mean 'upcase'",
        ),
        ("Hi\n{% include 'secret' %}", "line 2: unexpected tag 'include'"),
        ("Hi\n{% echo a %}", "line 2: unexpected tag 'echo'"),
        ("{% if a %}", "expected tag endif"),
        ("{{ a", "expected '}}'"),
        ("\ue0000\ue001", "private use"),
        ("x" * 200_001, "keep to 200000"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(BadDefinition) as refused:
        read_liquid(text, "a.en.md")
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hello {{ person.nickname }}", "line 1: person.nickname is not known; write what else"),
        ("{% for i in (1..100000) %}{% endfor %}", "beyond all bounds"),
        (
            "{% for i in (1..1000) %}{% for j in (1..1000) %}xx{% endfor %}{% endfor %}",
            "beyond all bounds",
        ),
    ],
)
def test_what_cannot_be_filled_says_so_and_sends_nothing(text: str, message: str) -> None:
    with pytest.raises(TemplateFailed) as failed:
        _plain(text)
    assert message in failed.value.message
    assert failed.value.code in ("template_failed", "value_missing")


@pytest.mark.parametrize("value", [None, "", "\ue000"])
def test_a_text_never_has_a_hole_where_a_value_is_not_known(value: object) -> None:
    known = {"person": {"name": value}}
    text = "Hello {{ person.name | upcase }}"
    with pytest.raises(ValueMissing) as missing:
        read_liquid(text, "a.md").marked(known)

    assert "a.md: line 1: person.name | upcase is not known" in missing.value.message
    asked = "{% if person.name %}{{ person.name }}{% else %}you{% endif %}"
    assert _filled(asked, known) == "you"
    assert _filled("{{ person.name | default: 'you' }}", known) == "you"
    assert _filled("{{ person.traits.plan | default: 'you' }}", known) == "you"


class _Reader:
    """Who is asked; `true` are the conditions that hold."""

    account_id, person_id, language = "acme", "ann", "en"

    def __init__(self, *true: str) -> None:
        self.true = true

    def holds(self, condition: str) -> bool | None:
        return condition in self.true or None

    def block(self, name: str) -> Piece | None:
        return Piece("**Now:** {{ person.name }}") if name == "next" else None


WHERE = (
    "{% where \"plan = 'Pro'\" %}pro{% elsewhere \"did('Export', 30) = 0\" %}none{% else %}rest"
    "{% endwhere %} {% block next %}{% block other %}"
)


@pytest.mark.parametrize(
    ("true", "said"),
    [
        (["plan = 'Pro'", "did('Export', 30) = 0"], "pro"),
        (["did('Export', 30) = 0"], "none"),
        ([], "rest"),
    ],
)
def test_the_first_condition_that_holds_for_the_reader_chooses_the_words(true, said) -> None:
    read = read_liquid(WHERE, "a.md", asks=True)
    marked = read.marked({"person": {"name": "<Ann>"}}, _Reader(*true))

    assert html_of(marked) == f"<p>{said} <strong>Now:</strong> &lt;Ann&gt;</p>\n"
    assert [each.condition for each in read.asking.conditions] == [
        "plan = 'Pro'",
        "did('Export', 30) = 0",
    ]
    assert [each.name for each in read.asking.blocks] == ["next", "other"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% where plan %}a{% endwhere %}", "write the condition in quotes"),
        ('\n{% where "a" %}a', "line 2: this where is never ended"),
        ("{% block %}", "name the block"),
        ("{% block a b %}", "name one block"),
        ("{% bloc a %}", "unexpected tag 'bloc'; use assign, block"),
    ],
)
def test_what_asks_wrongly_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadDefinition) as refused:
        read_liquid(text, "a.md", asks=True)
    assert message in refused.value.message


def test_what_may_be_missing_is_known_before_anything_is_sent() -> None:
    text = (
        "{{ a.x }} {{ a.y | default: 'y' }} {% if a.z %}{{ a.z }}{% else %}{{ a.z }}{% endif %}"
        "{% assign n = a.w %}{{ n }}"
    )
    read = read_liquid(text, "a.md")

    assert [str(each) for each in read.paths if not each.is_sure] == ["a.x", "a.z", "a.w"]


def _filled(text: str, values: dict[str, object]) -> str:
    marked = read_liquid(text, "a").marked(values)
    return filled(marked.text, marked.values)


def test_a_marked_text_with_its_values_is_the_plain_one() -> None:
    text = (
        "{% capture who %}{{ person.name }}!{% endcapture %}{{ who }} {{ account.plan | upcase }}"
    )
    marked = read_liquid(text, "a").marked(ANN)
    assert filled(marked.text, marked.values) == _plain(text) == "Ann! PRO"


def test_a_value_is_a_text_also_where_a_filter_put_it_into_what_was_captured() -> None:
    captured = "{% capture hi %}Hi {{ name }}{% endcapture %}"
    text = captured + "{{ hi | append: name }} {{ hi | replace: '0', '9' }}"
    marked = read_liquid(text, "a").marked({"name": "[Win](https://evil.example)"})
    page = html_of(marked)
    assert "<a" not in page and page.startswith("<p>Hi [Win](https://evil.example)[Win](")


def test_a_value_within_an_address_is_a_part_of_it() -> None:
    read = read_liquid(" {{ app }}/reports?of={{ name }} ", "a")
    address = address_of(read.marked({"app": "https://app.example", "name": "Ann & Co/../x"}))
    assert address == "https://app.example/reports?of=Ann%20%26%20Co%2F..%2Fx"


MAIL = "# Hi {{ name }}\n\n[Open *it*]({{ link }}/x?who={{ name }}) and {{ name | upcase }}\n\n- {{ name }}\n"
_TAG = re.compile(r"<[^>]*>")


@given(st.text(st.characters(exclude_categories=["Co", "Cs"]), min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_whatever_a_customer_is_called_the_mail_has_the_same_tags(name: str) -> None:
    values = {"name": name, "link": "https://app.example"}
    page = html_of(read_liquid(MAIL, "a").marked(values))
    usual = html_of(read_liquid(MAIL, "a").marked({**values, "name": "Ann"}))
    without_links = [re.sub(r'href="[^"]*"', "", tag) for tag in _TAG.findall(page)]
    assert without_links == [re.sub(r'href="[^"]*"', "", tag) for tag in _TAG.findall(usual)]
    assert 'href="https://app.example/x?who=' in page


@pytest.mark.parametrize(
    "link",
    [
        "https://[evil",
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "//evil",
        "x\ny",
    ],
)
def test_an_address_that_is_none_leads_nowhere(link: str) -> None:
    marked = read_liquid("[Open]({{ link }})", "a").marked({"link": link})
    assert html_of(marked) == '<p><a href="#">Open</a></p>\n'
    assert text_of(marked) == "Open (#)\n"


def test_a_reader_without_html_sees_the_same_words_and_where_links_lead() -> None:
    text = "# Hi\n\nGo [here](https://a.example/b) *now*.\n\n1. one\n2. two\n\n- a\n  - b\n"
    assert text_of(read_liquid(text, "a").marked({})) == (
        "Hi\n\nGo here (https://a.example/b) now.\n\n1. one\n\n2. two\n\n- a\n\n  - b\n"
    )


QUOTES = {"quote": frozenset({"feature"})}


def _answered(asked):
    if asked["feature"] != "reports":
        return None
    return Told("“Good.” — Ann & Co", "<blockquote>Good. <i>Ann &amp; Co</i></blockquote>")


def test_a_tag_is_answered_by_whoever_fills_the_text() -> None:
    text = "Hello {{ person.name }},\n{% quote feature: account.topic %}\nbye"
    read = read_liquid(text, "a", QUOTES)
    marked = read.marked({**ANN, "account": {"topic": "reports"}, TELLERS: {"quote": _answered}})

    assert [str(each) for each in read.paths] == ["person.name", "account.topic"]
    assert html_of(marked) == (
        "<p>Hello Ann,</p>\n<blockquote>Good. <i>Ann &amp; Co</i></blockquote>\n<p>bye</p>\n"
    )
    assert text_of(marked) == "Hello Ann,\n\n“Good.” — Ann & Co\n\nbye\n"


def test_a_tag_that_nobody_can_answer_comes_to_nothing() -> None:
    read = read_liquid("a{% quote feature: 'portal' %}b", "a", QUOTES)

    assert read.plain({TELLERS: {"quote": _answered}}) == "ab"
    assert read.plain({}) == "ab"


def test_a_tag_is_known_only_where_it_is_meant_and_takes_only_what_it_knows() -> None:
    with pytest.raises(BadDefinition) as unknown:
        read_liquid("{% quote feature: 'a' %}", "a.md")
    with pytest.raises(BadDefinition) as asked:
        read_liquid("Hi\n{% quote featur: 'a' %}", "a.md", QUOTES)

    assert "unexpected tag 'quote'" in unknown.value.message
    assert asked.value.message == "a.md: line 2: quote knows no 'featur'; did you mean 'feature'?"


def test_what_a_tag_says_can_make_no_mark() -> None:
    forged = Told("\ue0000\ue001", "<p>\ue0000\ue001</p>")
    read = read_liquid("{{ person.name }} {% quote feature: 'x' %}", "a", QUOTES)
    marked = read.marked({**ANN, TELLERS: {"quote": lambda _: forged}})

    assert html_of(marked) == "<p>Ann</p>\n<p>0</p>\n"
