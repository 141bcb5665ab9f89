"""Reasons: each figure opens as many leavings; what they said is never added to what was seen."""

import csv
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from tenure.card.models import AccountCard
from tenure.console.pages.reasons import found
from tenure.reasons.models import ReasonRecord, Theme
from tenure.segments.models import SegmentMember

pytestmark = pytest.mark.django_db
THE_DAY = datetime(2025, 3, 10, 9, tzinfo=UTC)
FIGURE = re.compile(r'href="/leaving/reasons/behind\?([^"]*)">(\d+)</a>')
ROW = re.compile(r'<th scope="row"><a class="quiet" href="/accounts/(\w+)">')


def record(source: str, account: str, code: str, at: datetime = THE_DAY, **said) -> ReasonRecord:
    number = ReasonRecord.objects.count()
    usual = {"rank": 1, "confidence": 0.6, "detail": "a_rule"} if source == "inferred" else {}
    return ReasonRecord.objects.create(
        key=f"r{number}", source=source, account_key=account, account_id=account, code=code,
        said_at=at, known_at=at, recorded_at=at, **{**usual, **said},
    )  # fmt: skip


@pytest.fixture
def left(visitor):
    """Five decisions to leave: three said why; one of them what was seen, one something else."""
    found._kept.clear()
    later = THE_DAY + timedelta(days=40)
    for account, at, seen in (
        ("ada", THE_DAY, "hard_start"),
        ("bea", THE_DAY, "hard_start"),
        ("cyd", THE_DAY, "out_of_cash"),
        ("dan", later, "price_value"),
        ("eve", later, "experience_not_right"),
    ):
        AccountCard.objects.create(
            account_id=account, name=f"Firm {account}",
            values={"country": "DE" if account < "c" else "FR"},
        )  # fmt: skip
        detail = "" if account == "eve" else "a_rule"
        record("inferred", account, seen, at, detail=detail)
    record("inferred", "cyd", "bought", rank=2, confidence=0.1, is_weak=True)
    record("stated", "ada", "hard_start", text="It took us weeks <b>to start</b>")
    record("followed_up", "ada", "setup_trouble", detail="")
    record("stated", "cyd", "missing_feature", next_job="rival", rival="Toggl")
    record("stated", "dan", "other", later, next_job="free_software")
    SegmentMember.objects.create(
        segment="stage_active", over="account", subject_id="ada", entered_at=THE_DAY - timedelta(9),
        entered_because="was so",
    )  # fmt: skip


def page(visitor: Client, path: str) -> str:
    reply = visitor.get(path)
    assert reply.status_code == 200, path
    return unescape(reply.content.decode())


def heading(html: str) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", html)[1]


def listed(visitor: Client, query: str) -> list[str]:
    """The accounts behind a link."""
    return sorted(ROW.findall(page(visitor, f"/leaving/reasons/behind?{query}")))


def test_where_nobody_left_the_page_says_what_will_stand_there(visitor):
    html = page(visitor, "/leaving/reasons")

    assert heading(html) == "No reason is known yet"
    assert "Every leaving gets a reason" in html


def test_the_title_has_what_they_said_beside_what_was_seen(visitor, left):
    assert heading(page(visitor, "/leaving/reasons")) == (
        "5 decided to leave: “Getting started was too hard” is what they said most, and what was "
        "seen most"
    )
    record("stated", "bea", "closing")
    record("stated", "eve", "closing", THE_DAY + timedelta(days=40))
    assert heading(page(visitor, "/leaving/reasons")) == (
        "5 decided to leave: most often they said “Our business is closing”, and what was seen says "
        "“Getting started was too hard”"
    )


@pytest.mark.parametrize("query", ["", "by=country", "by=stage&source=stated", "from=2025-03"])
def test_every_figure_opens_as_many_leavings(visitor, left, query):
    html = page(visitor, f"/leaving/reasons?{query}")
    figures = set(FIGURE.findall(html))

    assert len(figures) > 12
    wrong = [(link, count) for link, count in figures if len(listed(visitor, link)) != int(count)]
    assert wrong == []


def test_what_they_said_what_was_found_and_what_was_seen_are_three_lists(visitor, left):
    assert listed(visitor, "reason=hard_start") == ["ada", "bea"]
    assert listed(visitor, "reason=hard_start&source=stated") == ["ada"]
    assert listed(visitor, "reason=setup_trouble&source=followed_up") == ["ada"]
    assert listed(visitor, "reason=bought") == []  # only the likeliest counts
    assert listed(visitor, "said=silent") == ["bea", "eve"]
    assert listed(visitor, "said=contradicted") == ["cyd"]
    assert listed(visitor, "said=same") == ["ada"]
    assert listed(visitor, "said=unexplained") == ["eve"]
    assert listed(visitor, "source=stated&job=rival&rival=Toggl") == ["cyd"]
    assert listed(visitor, "month=2025-04") == ["dan", "eve"]
    assert listed(visitor, "by=stage&group=active") == ["ada"]
    assert listed(visitor, "by=stage&group=-") == ["bea", "cyd", "dan", "eve"]


def test_the_chart_has_the_counts_of_the_table_and_a_door_in_each_field(visitor, left):
    html = page(visitor, "/leaving/reasons")
    fields = re.findall(r'"series": "([^"]+)", "count": (\d+).*?"href": "([^"]+)"', html)

    assert sum(int(count) for _, count, _ in fields) == 5
    for _series, count, href in fields:
        link = href.replace("\\u0026", "&").partition("?")[2]
        assert len(listed(visitor, link)) == int(count), href


def test_rivals_stand_by_name_below_what_does_the_job(visitor, left):
    jobs = (
        page(visitor, "/leaving/reasons").partition('id="jobs-title"')[2].partition("</section>")[0]
    )

    assert "Toggl" in jobs
    assert "Free software" in jobs


def test_one_reason_shows_who_left_for_it_with_the_evidence(visitor, left):
    evidence = [{"what": "steps_missing", "done": 1, "of": 3, "steps": ["Import"]}]
    ReasonRecord.objects.filter(account_id="cyd", rank=1).update(evidence=evidence)
    found._kept.clear()
    html = page(visitor, "/leaving/reasons/out_of_cash")

    assert "of 1 it is what was seen" in heading(html)
    assert ROW.findall(html) == ["cyd"]
    assert "First value was not reached: 1 of 3 steps were done; missing: Import" in html
    said = page(visitor, "/leaving/reasons/hard_start?source=stated")
    assert ROW.findall(said) == ["ada"]
    assert visitor.get("/leaving/reasons/no_such_reason").status_code == 404


def test_what_they_wrote_is_text_and_nothing_else(visitor, left):
    html = visitor.get("/leaving/reasons/behind?reason=hard_start").content.decode()

    assert "<b>to start" not in html
    assert "&lt;b&gt;to start" in html


def test_the_files_hold_what_the_page_shows(visitor, left):
    def read(path: str) -> list[dict[str, str]]:
        reply = visitor.get(path)
        body = b"".join(reply.streaming_content).decode()
        return list(csv.DictReader(body.splitlines()))

    by_code = {row["reason"]: row for row in read("/leaving/reasons.csv")}
    assert (by_code["hard_start"]["inferred"], by_code["hard_start"]["stated"]) == ("2", "1")
    leavings = read("/leaving/reasons/behind.csv?said=contradicted")
    assert [(row["account_id"], row["stated"], row["inferred"]) for row in leavings] == [
        ("cyd", "missing_feature", "out_of_cash")
    ]
    assert leavings[0]["rival"] == "Toggl"


def test_what_does_the_job_now_is_one_answer_in_sums_lists_and_files(visitor, left):
    later = THE_DAY + timedelta(days=40)
    record("followed_up", "dan", "price_value", later, next_job="rival", rival="Clockify")
    asked = "source=stated&job=rival&rival=Clockify"
    file = b"".join(visitor.get(f"/leaving/reasons/behind.csv?{asked}").streaming_content).decode()

    assert listed(visitor, asked) == ["dan"]
    assert "Does the job now: Clockify" in page(visitor, f"/leaving/reasons/behind?{asked}")
    [row] = csv.DictReader(file.splitlines())
    assert (row["next_job"], row["rival"]) == ("rival", "Clockify")


def test_a_new_reason_is_there_at_the_next_look(visitor, left):
    assert listed(visitor, "reason=closing&source=stated") == []
    record("stated", "bea", "closing")

    assert listed(visitor, "reason=closing&source=stated") == ["bea"]


def test_a_theme_keeps_the_name_that_somebody_gave_it(visitor, left):
    theme = Theme.objects.create(
        key="theme_x", language="en", label="weeks · start", phrases=["weeks", "start"],
        central_text="It took us weeks", texts=1, first_seen_at=THE_DAY, last_seen_at=THE_DAY,
    )  # fmt: skip
    ReasonRecord.objects.exclude(text="").update(theme=theme)
    assert "weeks · start" in page(visitor, "/leaving/reasons")

    visitor.post("/leaving/reasons/themes/theme_x/rename", {"label": "  Slow   start "})
    theme.refresh_from_db()
    assert (theme.label, theme.label_by) == ("Slow start", "person")
    html = page(visitor, "/leaving/reasons/themes/theme_x")
    assert heading(html) == "1 text says “Slow start”"
    assert "Firm ada" in html
    elsewhen = page(visitor, "/leaving/reasons/themes/theme_x?from=2025-04&to=2025-04")
    assert heading(elsewhen) == "0 texts say “Slow start”"
    assert "1 text in all" in elsewhen
    assert heading(page(visitor, "/leaving/reasons/themes/none")) == (
        "0 texts say what no other says"
    )

    visitor.post("/leaving/reasons/themes/theme_x/rename", {"label": ""})
    theme.refresh_from_db()
    assert (theme.label, theme.label_by) == ("weeks · start", "local")
    assert visitor.get("/leaving/reasons/themes/theme_x/rename").status_code == 405


@pytest.mark.parametrize(
    "query",
    ["from=x&to=9999-12", "by=odd&source=odd", "page=99", "group=%00", "month=0000-00", "said=no"],
)
def test_no_query_breaks_a_page(visitor, left, query):
    for path in ("", "/behind", "/hard_start"):
        assert "<h1" in page(visitor, f"/leaving/reasons{path}?{query}")


def test_signed_out_nobody_sees_any(client, home):
    for path in ("", "/behind", "/hard_start", ".csv", "/behind.csv", "/themes/theme_x"):
        assert client.get(f"/leaving/reasons{path}").status_code == 302
