"""What a file of an in-app message may say, and what of it reaches a page."""

import pytest
from in_app_worlds import FILES, authored, said

from tenure.base.errors import BadDefinition
from tenure.messages.in_app.file import check_alike
from tenure.messages.in_app.parts import BANNER, CHECKLIST, KINDS, MODAL, SURVEY, TOUR


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_and_written(kind: str) -> None:
    words = said(kind)
    assert words["title"] == FILES[kind].split('"')[1]
    assert words["direction"] == "ltr"


def test_a_value_is_text_and_within_a_link_a_part_of_it() -> None:
    words = said(BANNER)
    assert "Hello Ann &lt;b&gt;, <em>two minutes</em>" in words["html"]
    assert words["text"] == "Hello Ann <b>, two minutes are enough."
    assert words["button"]["link"] == (
        "https://app.example.com/reports?for=Acme%20%26%20S%C3%B6hne"
    )


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("/projects/{{ person.name }}", "/projects/Ann"),
        ("/projects/{{ account.name }}", "/projects/Acme%20%26%20S%C3%B6hne"),
        ("https://x.example/", "https://x.example/"),
        ("{{ person.name }}", ""),
    ],
)
def test_a_link_is_an_address_or_a_path_of_the_product(link: str, leads: str) -> None:
    text = FILES[BANNER].replace(
        "{{ links.app }}/reports?for={{ account.name | default: '' }}", link
    )
    assert said(BANNER, text)["button"]["link"] == leads


@pytest.mark.parametrize(
    ("kind", "before", "after", "message"),
    [
        (BANNER, "+++\ntitle", "title", "it begins without a head"),
        (BANNER, "Hello {{ person.first_name | default: 'there' }}, *two minutes* are enough.", "", "says nothing"),
        (BANNER, 'link = "{{ links', 'link = "javascript:{{ links', "leads nowhere"),
        (BANNER, 'link = "{{ links', 'link = "//evil.example/{{ links', "leads nowhere"),
        (BANNER, "[button]", 'at = "#x"\n[button]', "at: only a tour_step points"),
        (BANNER, "[button]", 'pages = ["projects"]\n[button]', "'projects' is no path"),
        (BANNER, "[button]", 'place = "middle"\n[button]', "did you mean|use bottom, top"),
        (BANNER, 'link = "', 'event = "X"\nlink = "', "keep link or event"),
        (MODAL, "[button]", 'place = "top"\n[button]', "this is of a banner"),
        (TOUR, 'at = "#new-project"\n', "", "what does it point to"),
        (TOUR, "#new-project", "a{color:red}", "this is no selector"),
        (CHECKLIST, 'name = "invite"', 'name = "project"', "two have the same name"),
        (CHECKLIST, 'name = "invite"', 'name = "In vite"', "is no name"),
        (CHECKLIST, "[[item]]", "[[question]]", "question"),
        (SURVEY, 'kind = "score"', 'kind = "stars"', "there is no value 'stars'"),
        (SURVEY, 'choices = ["Invoices", "Reports"]', 'choices = ["One"]', "two or more"),
        (SURVEY, "+++\n", '+++\nbuttn = "x"\n', "there is no such field; did you mean button"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_what_to_do(
    kind: str, before: str, after: str, message: str
) -> None:
    text = FILES[kind].replace(before, after, 1)
    assert text != FILES[kind]
    with pytest.raises(BadDefinition, match=message) as refused:
        authored(kind, text)
    assert refused.value.message.startswith(f"plays/tips/01.{kind}.en.md")


def test_what_a_customer_said_stands_among_the_words_and_in_no_title_or_label() -> None:
    tags = {"testimonial": frozenset({"feature"})}
    assert authored(BANNER, FILES[BANNER] + "{% testimonial %}\n", tags=tags).body
    text = FILES[BANNER].replace("by themselves", "{% testimonial %}", 1)
    with pytest.raises(BadDefinition, match="title: line 1: unexpected tag 'testimonial'"):
        authored(BANNER, text, tags=tags)


def test_a_file_may_end_with_its_head() -> None:
    text = FILES[SURVEY].rstrip("\n")
    assert text.endswith("\n+++")
    assert [each.name for each in authored(SURVEY, text).questions] == ["score", "for", "why"]


def test_a_value_that_nobody_knows_is_named_with_its_line() -> None:
    def known(path: tuple[str, ...]) -> str:
        return f"there is no {'.'.join(path)}; leave it out" if path[0] == "person" else ""

    with pytest.raises(BadDefinition) as refused:
        authored(BANNER, known=known)
    assert refused.value.message == (
        "plays/tips/01.banner.en.md: line 7: there is no person.first_name; leave it out"
    )


def test_languages_may_differ_in_words_alone() -> None:
    english = authored(SURVEY)
    words = FILES[SURVEY].replace("One question", "一个问题").replace('"Invoices"', '"发票"')
    check_alike([english, authored(SURVEY, words)])
    with pytest.raises(BadDefinition, match="only words may differ") as refused:
        check_alike([english, authored(SURVEY, words.replace('name = "for"', 'name = "what"'))])
    assert refused.value.message.startswith("plays/tips/01.survey.en.md")


def test_arabic_runs_from_right_to_left() -> None:
    arabic = said(MODAL, language="ar")
    assert arabic["direction"] == "rtl"
    assert '<a href="/projects">' in arabic["html"]


def test_words_by_condition_and_values_that_may_be_missing_are_as_in_mails() -> None:
    text = FILES[BANNER].replace(
        "Hello {{ person.first_name | default: 'there' }}",
        "{% where \"plan = 'Pro'\" %}Pro{% else %}All{% endwhere %} {{ person.role }}",
    )
    with pytest.raises(BadDefinition, match=r"line 7: person\.role is not known of everybody"):
        authored(BANNER, text, is_always=lambda path: path != ("person", "role"))
    with pytest.raises(BadDefinition, match="did you mean"):
        authored(BANNER, text.replace("plan =", "plam ="))
    text = text.replace("[button]", '[defaults]\nperson.role = "buyer"\n[button]', 1)
    assert "All buyer" in said(BANNER, text)["html"]
    assert "Pro buyer" in said(BANNER, text, true=("plan = 'Pro'",))["html"]
