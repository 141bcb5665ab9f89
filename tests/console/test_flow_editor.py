"""The editor of flows: checked, kept, published once, restored; the second publisher is told."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client

from tenure.console.models import DefinitionDraft
from tenure.console.pages.flows.new_flow import titled
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import current, put_in_force, versions
from tenure.definitions.toml_file import Fields
from tenure.offboard.flow import built_in_text, flows
from tenure.offboard.models import Visit
from tenure.offers.book import default_text as default_offers
from tenure.reasons.taxonomy import default_text as default_reasons

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
A = """title = "Teams"
where = "plan = 'Team'"
priority = 5
languages = ["en"]
[why]
reasons = ["missing_feature", "other"]
[value]
keeps_data_days = 90
[receipt]
from_name = "Acme"
"""
B = A.replace("priority = 5", "priority = 7")
PRESSING = A + '[words]\nkeep = { en = "Last chance" }\n'
TEAMS = "/leaving/flows/teams"


@pytest.fixture
def ann_in(client: Client, ann: AbstractUser) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def bob_in(home, bob: AbstractUser) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def put(text: str = A, name: str = "teams", by: str = "ann") -> str:
    return put_in_force("flow", name, text, now=NOW, by=by).digest


def html(reply) -> str:
    assert reply.status_code == 200, reply.status_code
    return unescape(reply.content.decode())


def publish(client: Client, text: str, base: str, path: str = TEAMS):
    return client.post(path, {"text": text, "base": base, "do": "publish"})


def test_before_anybody_wrote_one_the_list_shows_what_tenure_comes_with(ann_in):
    page = html(ann_in.get("/leaving/flows"))

    assert "Everybody passes through the flow that Tenure comes with" in page
    assert 'href="/leaving/flows/default"' in page
    assert "20.0" in page  # the hold-out
    assert "BGB" in page  # the laws behind the shapes


def test_the_list_names_each_flow_with_its_version_and_who_went_through(ann_in):
    first = put()
    put(B)
    for number, digest in enumerate((first, first, current("flow", "teams").digest)):
        Visit.objects.create(
            visit_id=f"v{number}", account_id="acme", flow="teams", flow_digest=digest,
            opened_at=NOW, last_at=NOW, mode="live",
        )  # fmt: skip
    Visit.objects.create(
        visit_id="tried", account_id="acme", flow="teams", flow_digest=first,
        opened_at=NOW, last_at=NOW, mode="test",
    )  # fmt: skip
    page = html(ann_in.get("/leaving/flows"))
    row = page.partition('href="/leaving/flows/teams"')[2].partition("</tr>")[0]

    assert "2 flows are in force" in page
    assert "plan = 'Team'" in row
    assert re.findall(r'/visits[^"]*">(\d+)</a>', row) == ["1", "3"]
    behind = html(ann_in.get(f"/leaving/flows/teams/visits?version={first}"))
    assert "2 visits went through “teams”" in behind
    assert set(re.findall(r"/leaving/visits/(\w+)", behind)) == {"v0", "v1"}


def test_a_flow_that_cannot_be_read_any_more_is_told_in_the_list(ann_in):
    first = put()
    DefinitionVersion.objects.filter(name="teams").update(text='title = "Teams"\nshape = 3\n')
    Visit.objects.create(
        visit_id="v1", account_id="acme", flow="teams", flow_digest=first, opened_at=NOW,
        last_at=NOW, mode="live",
    )  # fmt: skip

    page = html(ann_in.get("/leaving/flows"))
    row = page.partition('href="/leaving/flows/teams"')[2].partition("</tr>")[0]

    assert "1 flow cannot be used any more" in page
    assert '<span class="late">' in row
    assert "Everybody" not in row
    assert f'href="/leaving/flows/teams/visits?version={first}">1</a>' in row


def test_what_breaks_a_rule_is_shown_with_its_line_and_citation_and_never_published(ann_in):
    base = put()

    checked = html(
        ann_in.post("/leaving/definitions/flow/teams/check", {"text": PRESSING, "base": base})
    )
    assert 'data-line="12"' in checked
    assert "words.keep.en" in checked
    assert re.search(r"<code>pressure</code> · <cite>FTC v\. Amazon, September 2025", checked)
    assert 'value="publish"' not in checked

    page = html(publish(ann_in, PRESSING, base))
    assert "It is not published: what stands below keeps it out of force." in page
    assert current("flow", "teams").text == A


def test_what_is_no_toml_is_shown_with_its_line(ann_in):
    put()

    page = html(ann_in.post("/leaving/definitions/flow/teams/check", {"text": 'title = "T"\nx ='}))

    assert 'data-line="2"' in page
    assert "this is not TOML" in page


def test_a_text_is_kept_while_it_is_written_and_only_for_who_wrote_it(ann_in, bob_in):
    base = put()
    ann_in.post("/leaving/definitions/flow/teams/check", {"text": B, "base": base})

    mine, theirs = html(ann_in.get(TEAMS)), html(bob_in.get(TEAMS))

    assert "priority = 7" in mine.partition("<textarea")[2].partition("</textarea>")[0]
    assert "This is your draft" in mine
    assert "priority = 5" in theirs.partition("<textarea")[2].partition("</textarea>")[0]
    assert "owner is writing a draft of this, too" in theirs
    assert (
        'href="/leaving/flows/teams"' in html(ann_in.get("/leaving/flows")).partition("drafts")[2]
    )

    ann_in.post(TEAMS, {"do": "discard"})
    assert DefinitionDraft.objects.count() == 0
    assert "This is your draft" not in html(ann_in.get(TEAMS))


def test_a_text_that_holds_already_is_no_draft(ann_in):
    base = put()
    ann_in.post("/leaving/definitions/flow/teams/check", {"text": B, "base": base})
    ann_in.post("/leaving/definitions/flow/teams/check", {"text": A, "base": base})

    assert DefinitionDraft.objects.count() == 0


def test_publishing_puts_it_in_force_for_whoever_comes_next(ann_in, ann):
    base = put()

    reply = publish(ann_in, B.replace("\n", "\r\n"), base)

    assert (reply.status_code, reply.headers["Location"]) == (302, TEAMS)
    held = current("flow", "teams")
    assert (held.text, held.applied_by) == (B, ann.get_username())
    assert {flow.name: flow.priority for flow in flows()} == {"teams": 7, "default": 0}
    assert DefinitionDraft.objects.count() == 0


def test_of_two_who_write_at_once_the_second_is_told_and_loses_nothing(ann_in, bob_in):
    base = put()
    theirs = A.replace("priority = 5", "priority = 9")
    ann_in.post("/leaving/definitions/flow/teams/check", {"text": B, "base": base})
    assert publish(bob_in, theirs, base).status_code == 302

    opened = html(ann_in.get(TEAMS))
    assert "bob has published another version since you began" in opened
    page = html(publish(ann_in, B, base))

    assert "bob has published another version meanwhile" in page
    assert current("flow", "teams").text == theirs
    assert "priority = 7" in page.partition("<textarea")[2].partition("</textarea>")[0]
    assert 'diff-taken"><span class="visually-hidden">taken away: </span>priority = 9' in page
    newer = re.search(r'name="base" value="(\w+)"', page.partition('id="flow-form"')[2])[1]
    assert newer == current("flow", "teams").digest
    publish(ann_in, B, newer)
    assert [each.text for each in versions("flow", "teams")] == [B, theirs, A]


def test_an_earlier_version_is_opened_as_a_draft_and_restored(ann_in):
    first = put()
    second = put(B)

    page = html(ann_in.get(f"{TEAMS}?version={first}"))

    assert "priority = 5" in page.partition("<textarea")[2].partition("</textarea>")[0]
    assert 'value="publish"' in page
    publish(ann_in, A, second)
    assert [each.text for each in versions("flow", "teams")] == [A, B, A]
    assert ann_in.get(f"/leaving/flows/default?version={first}").status_code == 404


def test_without_script_one_button_checks_and_keeps_what_is_looked_at(ann_in):
    base = put()

    reply = ann_in.post(
        TEAMS, {"text": B, "base": base, "do": "review", "shape": "direct", "scenario": "again"}
    )

    assert reply.status_code == 302
    assert reply.headers["Location"] == f"{TEAMS}?shape=direct&scenario=again#checked-title"
    assert "priority = 7" in html(ann_in.get(reply.headers["Location"]))


def test_a_flow_is_put_out_of_force_and_published_again(ann_in):
    base = put()

    ann_in.post(f"{TEAMS}/withdraw", {"base": "another"})
    assert current("flow", "teams") is not None
    ann_in.post(f"{TEAMS}/withdraw", {"base": base})

    assert current("flow", "teams") is None
    assert 'href="/leaving/flows/teams"' in html(ann_in.get("/leaving/flows"))
    page = html(ann_in.get(f"{TEAMS}?version={base}"))
    assert "“teams” is not in force" in page
    publish(ann_in, A, "")
    assert current("flow", "teams").text == A


def test_a_new_flow_begins_as_a_draft_with_the_text_of_another(ann_in, ann):
    reply = ann_in.post("/leaving/new-flow", {"title": "Key accounts", "from": "default"})

    assert reply.headers["Location"] == "/leaving/flows/key-accounts"
    draft = DefinitionDraft.objects.get(user=ann, kind="flow", name="key-accounts")
    assert Fields.of(draft.text, "x").values["title"] == "Key accounts"
    assert current("flow", "key-accounts") is None
    publish(ann_in, draft.text, "", "/leaving/flows/key-accounts")
    assert [flow.title for flow in flows()] == ["Key accounts", "Default"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"title": ""}, "Give it a title"),
        ({"title": "x" * 61}, "Give it a title"),
        ({"title": "團隊"}, "No file can be named after this title"),
        ({"title": "Default"}, "There is a flow “default” already"),
    ],
)
def test_a_new_flow_that_cannot_be_says_why(ann_in, said, problem):
    reply = ann_in.post("/leaving/new-flow", said)

    assert reply.status_code == 422
    assert problem in unescape(reply.content.decode())
    assert DefinitionDraft.objects.count() == 0


@pytest.mark.parametrize("title", ['A "quoted" one', "\\back", "名字", "}] # [x]"])
def test_any_title_stands_in_the_text_as_it_was_said(title):
    assert Fields.of(titled(built_in_text(), title), "x").values["title"] == title


@pytest.mark.parametrize(
    ("kind", "text", "wrong", "said"),
    [
        ("offers", default_offers(), 'kind = "pause"', "there is no"),
        ("reasons", default_reasons(), 'root = "circumstance"', "there is no"),
    ],
)
def test_offers_and_reasons_are_checked_and_published_by_the_same_editor(
    ann_in, kind, text, wrong, said
):
    path = f"/leaving/definitions/{kind}"
    assert f"{kind}.toml" in html(ann_in.get(path))

    broken = text.replace(wrong, wrong.replace('"', '"x', 1), 1)
    assert broken != text
    page = html(ann_in.post(f"{path}/check", {"text": broken}))
    assert said in page
    assert re.search(r'data-line="\d+"', page)
    assert publish(ann_in, broken, "", path).status_code == 200
    assert current(kind) is None

    assert publish(ann_in, text + "# ours\n", "", path).status_code == 302
    assert current(kind).text == text + "# ours\n"


def test_what_the_linter_of_offers_finds_is_shown_with_its_source(ann_in):
    text = default_offers()
    page = html(ann_in.post("/leaving/definitions/offers/check", {"text": text}))

    assert re.search(r"<code>no_way_there</code> · <cite>an offer of a meeting", page)


def test_a_name_that_stands_for_nothing_is_told_on_both_sides(ann_in):
    shown = A + '[offers]\nshow = ["trainin", "training"]\n'
    page = html(ann_in.post("/leaving/definitions/flow/teams/check", {"text": put() and shown}))
    assert "there is no offer trainin; did you mean training?" in page
    assert 'value="publish"' in page

    put(shown)
    offers = default_offers().replace('name = "training"', 'name = "schooling"')
    page = html(ann_in.post("/leaving/definitions/offers/check", {"text": offers}))
    assert "the flow teams shows training, which is not here" in page
    parts = re.split(r"(?m)^(?=\[\[reason\]\])", default_reasons())
    fewer = "".join(part for part in parts if 'code = "missing_feature"' not in part)
    page = html(ann_in.post("/leaving/definitions/reasons/check", {"text": fewer}))
    assert "the flow teams asks for missing_feature, which is not here" in page
    assert 'value="publish"' in page


@pytest.mark.parametrize(
    "path",
    [
        "/leaving/flows/nothing", "/leaving/flows/BAD", f"{TEAMS}?version=zz",
        "/leaving/definitions/product", "/leaving/definitions/flow", "/leaving/flows/x/visits",
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(ann_in, path):
    assert ann_in.get(path).status_code == 404


def test_signed_out_or_from_another_site_nothing_happens(ann, client, home):
    put()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)

    for path in (TEAMS, f"{TEAMS}/withdraw", f"{TEAMS}/try", "/leaving/new-key",
                 "/leaving/new-flow", "/leaving/definitions/flow/teams/check"):  # fmt: skip
        assert client.post(path, {"text": B}).status_code == 302, path
        assert strict.post(path, {"text": B, "do": "publish"}).status_code == 403, path
    assert current("flow", "teams").text == A
    assert DefinitionDraft.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "status"),
    [("#" * 200_001, 413), ('title = "a\0b"\n', 200), ("a = " + "[" * 50_000, 200),
     ("a" + ".a" * 60_000 + " = 1", 200), ("", 200)],
)  # fmt: skip
def test_hostile_texts_are_answered(ann_in, text, status):
    reply = ann_in.post("/leaving/definitions/flow/default/check", {"text": text})

    assert reply.status_code == status
    if status == 200 and text:
        assert "told-error" in reply.content.decode() or "Publish" in reply.content.decode()


def test_what_a_text_says_is_never_taken_for_a_part_of_the_page(ann_in):
    evil = A.replace('"Acme"', '"</textarea><script>alert(1)</script>"') + "<script>\n"
    page = ann_in.post(
        "/leaving/flows/default", {"text": evil, "base": "", "do": "publish"}
    ).content.decode()

    assert "<script>alert" not in page
    assert "</textarea><script>" not in page
