"""What a flow's file says, what is wrong with one, and which flow an account passes through."""

import re
from datetime import UTC, datetime

import pytest
from flow_worlds import TAXONOMY, TEXT, TODAY, built_in, flow_from

from tenure.app.check_up import check_up
from tenure.base.errors import BadDefinition
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import put_in_force, withdraw
from tenure.offboard.flow import (
    built_in_text,
    check_flow,
    flow_for,
    flow_of,
    flows,
    language_of,
    lint_flow,
    unreadable_flows,
)
from tenure.offboard.flow_file import read_flow, read_held
from tenure.reasons.taxonomy import default_text

NOW = datetime(2026, 3, 3, tzinfo=UTC)
ZONE = UTC


def test_the_built_in_flow_breaks_no_rule():
    assert [finding for finding in lint_flow(built_in()) if finding.is_error] == []


def test_the_built_in_flow_is_in_three_languages_and_asks_few_reasons():
    flow = built_in()

    assert flow.languages == ("en", "zh-hans", "zh-hant")
    assert 4 <= len(flow.why.reasons) <= 8
    assert flow.why.reasons[-1].code == "other"
    assert not flow.why.is_required


def test_reasons_have_the_words_and_the_follow_up_of_the_taxonomy():
    [asked] = [each for each in flow_from().why.reasons if each.code == "not_adopted"]

    reason = TAXONOMY.reason("not_adopted")
    assert asked.title["zh-hans"] == reason.sentence["zh-hans"]
    assert [code for code, _ in asked.follow_up.options] == [
        o.code for o in reason.follow_up.options
    ]


def test_every_field_of_the_contract_is_read():
    flow = flow_from(
        """
        title = "Winter"
        where = "plan = 'Pro' and mrr_minor > 10000"
        priority = 7
        hold_out_share = 0.5
        again_after_days = 30
        languages = ["en", "zh-hant"]
        shapes = ["full", "direct"]
        [why]
        question = { en = "Why?", "zh-hant" = "為什麼？" }
        reasons = ["closing", "other"]
        free_text = false
        [value]
        show = ["people", "records"]
        keeps_data_days = 30
        export_url = "https://app.example.com/e/{{ account }}/{{subscription}}"
        [offers]
        at_most = 1
        show = ["pause_2_months"]
        [confirm]
        effective = "now"
        button = { en = "Cancel for good", "zh-hant" = "取消訂閱" }
        [left]
        asks_next_job = false
        [receipt]
        from_name = "Fernhill"
        [human]
        link = "mailto:ada@fernhill.example"
        calendar = "https://cal.example.com/ada.ics"
        [theme]
        accent = "#0b6"
        radius = 0
        font = "Inter, sans-serif"
        [words]
        keep = { en = "Keep it", "zh-hant" = "保留" }
        """
    )

    assert (flow.title, flow.priority, flow.hold_out_share) == ("Winter", 7, 0.5)
    assert (flow.again_after_days, flow.shapes) == (30, ("full", "direct"))
    assert flow.value.show == ("records", "people")  # the order is the screen's
    assert (flow.value.keeps_data_days, flow.offers.at_most) == (30, 1)
    assert flow.offers.show == ("pause_2_months",)
    assert (flow.confirm.effective, flow.left.asks_next_job) == ("now", False)
    assert (flow.theme.accent, flow.theme.radius) == ("#0b6", 0)
    assert flow.words["keep"]["zh-hant"] == "保留"
    assert flow.human.link == "mailto:ada@fernhill.example"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "flows/acme.toml: title: this is missing; add it"),
        (TEXT + "[theme]\naccent = 'blue'\n", "theme.accent: 'blue' is no colour; write one as"),
        (TEXT + "[theme]\nfont = 'a; }'\n", "theme.font: 'a; }' is no list of fonts"),
        (TEXT + "[theme]\nradius = 90\n", "theme.radius: this is above 32"),
        (TEXT.replace("price_value", "price_valu"), "why.reasons: there is no reason 'price_valu'; did you mean 'price_value'?"),
        (TEXT + "[offers]\nat_mots = 1\n", "offers.at_mots: there is no such field; did you mean at_most?"),
        (TEXT.replace("[why]", 'hold_out_share = 1.0\n[why]'), "hold_out_share: 1 is no share below 1"),
        (TEXT.replace("[why]", 'where = "plan = "\n[why]'), "where: line 1, column"),
        (TEXT.replace("[why]", """where = "did('x', 3) > 1"\n[why]"""), "where: did() and last() of 'x'"),
        (TEXT.replace("[why]", 'languages2 = 1\n[why]'), "languages2: there is no such field; did you mean languages?"),
        (TEXT.replace('["en"]', '["English"]'), "languages: 'English' is no language; write en, de"),
        (TEXT.replace('["en"]', "[]"), "languages: a flow has at least one"),
        (TEXT.replace("{{ account }}", "{{ acount }}"), "value.export_url: {{ acount }} is not known here; use account, subscription"),
        (TEXT.replace("https://app", "http://app"), "value.export_url: 'http://app.example.com"),
        (TEXT.replace("https://app", "javascript:alert(1)//app"), "is no safe address; write one with https://"),
        (TEXT.replace("[why]", '[why]\nquestion = "Why?"'), "why.question: write it in each language"),
        (TEXT + '[words]\nleav = { en = "x" }\n', "words.leav: there is no word 'leav'; did you mean 'leave'?"),
        (TEXT.replace("[why]", 'shapes = ["open"]\n[why]'), "shapes: there is no value 'open'; use full, click_to_cancel"),
        (TEXT + "[confirm]\neffective = 'later'\n", "confirm.effective: there is no value 'later'"),
        ("title = ", "flows/acme.toml: this is not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_to_write(text, said):
    with pytest.raises(BadDefinition) as refused:
        flow_from(text)

    assert said in str(refused.value)


def test_an_address_of_one_s_own_machine_needs_no_tls():
    flow = flow_from(TEXT.replace("https://app.example.com", "http://localhost:3000"))

    assert flow.value.export_url.startswith("http://localhost:3000/")


def card(**values):
    return {"plan": "Team", "mrr_minor": 5000} | values


def named(name, **fields):
    lines = "\n".join(f"{key} = {value!r}" for key, value in fields.items())
    return read_flow(lines + TEXT, f"flows/{name}.toml", TAXONOMY)


def chosen(flows, shape="full", **values):
    return flow_for(flows, card(**values), shape, today=TODAY, zone=ZONE).name


def test_the_highest_priority_that_fits_is_the_flow_then_the_first_by_name():
    held = [
        named("cheap"),
        named("also_cheap"),
        named("large", where="mrr_minor >= 100000", priority=5),
    ]

    assert chosen(held) == "also_cheap"
    assert chosen(held, mrr_minor=200_000) == "large"


@pytest.mark.django_db
def test_a_condition_that_nobody_knows_the_answer_to_does_not_hold():
    held = [named("seen", where="days_since_seen < 7", priority=5)]

    assert chosen(held, days_since_seen=None) == "default"


def test_a_flow_is_only_for_the_shapes_that_it_names():
    held = [named("business", shapes=["full"], priority=9), named("any")]

    assert chosen(held, "full") == "business"
    assert chosen(held, "direct") == "any"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["zh-TW"], "zh-hant"), (["zh_HK"], "zh-hant"), (["zh-Hant-MO"], "zh-hant"),
        (["zh"], "zh-hans"), (["zh-CN"], "zh-hans"), (["zh-Hans-HK"], "zh-hans"),
        (["en-GB"], "en"), (["fr", "zh-SG"], "zh-hans"), (["fr"], "en"), ([None, ""], "en"),
    ],
)  # fmt: skip
def test_the_nearest_language_of_the_flow_is_spoken(wanted, language):
    assert language_of(built_in(), *wanted) == language


def test_a_region_s_language_stands_for_the_others_of_it():
    flow = flow_from(TEXT.replace('["en"]', '["de", "pt-br"]'))

    assert language_of(flow, "de-AT") == "de"
    assert language_of(flow, "pt-PT") == "pt-br"
    assert language_of(flow, "ja") == "de"


@pytest.mark.django_db
def test_without_any_the_built_in_flow_is_in_force():
    [flow] = flows()

    assert flow.name == "default"
    assert flow_of(flow.digest) == flow


@pytest.mark.django_db
def test_a_flow_of_that_name_takes_the_place_of_the_built_in_one():
    text = built_in_text().replace('title = "Default"', 'title = "Ours"')

    put_in_force("flow", "default", text, now=NOW, by="ada")

    assert [flow.title for flow in flows()] == ["Ours"]


@pytest.mark.django_db
def test_a_visit_goes_on_under_the_version_that_it_began_with():
    put_in_force("flow", "acme", TEXT, now=NOW, by="ada")
    before = next(flow for flow in flows() if flow.name == "acme")

    put_in_force("flow", "acme", TEXT.replace("Acme", "Other"), now=NOW, by="ada")
    withdraw("flow", "acme", now=NOW)

    assert flow_of(before.digest).title == "Acme"


@pytest.mark.django_db
def test_what_breaks_a_rule_does_not_come_into_force_and_the_rule_is_cited():
    text = TEXT + '[words]\nkeep = { en = "Wait! We will miss you" }\n'

    with pytest.raises(BadDefinition) as refused:
        put_in_force("flow", "acme", text, now=NOW, by="ada")

    assert "flows/acme.toml: words.keep.en: 'We will miss you' plays on feelings" in str(
        refused.value
    )
    assert "[guilt; California, AB 2863" in str(refused.value)
    assert refused.value.field == "words.keep.en"


@pytest.mark.django_db
def test_what_is_merely_doubtful_is_said_and_let_through():
    text = TEXT.replace("keeps_data_days = 90", "")

    [warning] = check_flow(text, "flows/acme.toml")

    assert warning.startswith("flows/acme.toml: value.keeps_data_days: nobody is told")


@pytest.mark.django_db
def test_a_reason_that_the_taxonomy_lost_keeps_nobody_from_leaving(home):
    put_in_force("flow", "teams", TEXT, now=NOW, by="ada")
    parts = re.split(r"(?m)^(?=\[\[reason\]\])", default_text())
    fewer = "".join(part for part in parts if 'code = "price_value"' not in part)
    put_in_force("reasons", "", fewer, now=NOW, by="ada")

    asked = {flow.name: [each.code for each in flow.why.reasons] for flow in flows()}

    assert set(asked) == {"teams", "default"}
    assert asked["teams"] == ["missing_feature", "not_adopted", "changed_needs", "other"]
    assert "price_value" not in asked["default"]
    with pytest.raises(BadDefinition, match="there is no reason 'price_value'"):
        check_flow(TEXT, "flows/teams.toml")


def test_where_no_reason_is_left_none_is_demanded():
    text = 'title = "T"\n[why]\nreasons = ["{}"]\nis_required = true\n'
    gone, there = (
        read_held(text.format(code), "flows/teams.toml", TAXONOMY)
        for code in ("a_reason_that_went", "price_value")
    )

    assert (gone.why.reasons, gone.why.is_required) == ((), False)
    assert (len(there.why.reasons), there.why.is_required) == (1, True)


@pytest.mark.django_db
def test_a_flow_that_cannot_be_read_any_more_leaves_the_others_in_force(home):
    put_in_force("flow", "teams", TEXT, now=NOW, by="ada")
    DefinitionVersion.objects.create(
        kind="flow", name="gone", digest="d", applied_at=NOW,
        text='title = "Gone"\nwhere = "a_column_that_went = 1"\n',
    )  # fmt: skip

    assert [flow.name for flow in flows()] == ["teams", "default"]
    [(where, problem)] = unreadable_flows()
    assert where == "flows/gone.toml"
    assert "a_column_that_went" in problem


@pytest.mark.django_db
def test_the_doctor_names_a_flow_that_cannot_be_read_any_more(home):
    def told() -> list[str]:
        return [each.sentence for each in check_up(home, NOW) if "flows/" in each.sentence]

    home.secret_file.write_text("x" * 64)
    put_in_force("flow", "teams", TEXT, now=NOW, by="ada")
    assert told() == []

    DefinitionVersion.objects.create(
        kind="flow", name="gone", digest="d", applied_at=NOW, text='title = "Gone"\nwher = ""\n'
    )
    [sentence] = told()
    assert sentence.startswith("flows/gone.toml cannot be read any more")
    assert "wher" in sentence
    assert "tenure apply" in sentence
