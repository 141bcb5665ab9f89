"""What pages answer, without a browser."""

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from tenure import console
from tenure.card.models import AccountCard
from tenure.collect.models import RejectedRow, Source, WriteKey
from tenure.console.content_security_policy import POLICY
from tenure.console.navigation import RAIL
from tenure.console.sign_in import owner

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)


def accounts(count: int) -> None:
    AccountCard.objects.bulk_create(
        AccountCard(
            account_id=f"a-{number:05}",
            name=f"Company {number:05}",
            status="paying" if number % 3 else "left",
            mrr_minor=(number * 37) % 9000 if number % 3 else 0,
            currency="EUR",
            plan=["Starter", "Team"][number % 2],
            people=number % 50,
            last_seen_at=NOW - timedelta(hours=number) if number % 5 else None,
            traits={"country": ["DE", "FR"][number % 2]},
        )
        for number in range(count)
    )


def rejected(count: int, **more) -> None:
    for number in range(count):
        values = {
            "origin": "import:imp_1", "position": number, "source": "billing", "code": "bad_date",
            "field": "started", "value": "31.02.2025", "remedy": "Write it as 2025-02-28.",
            "source_ref": f"subs.csv:{number}", "raw": "a,b", "received_at": NOW,
        }  # fmt: skip
        RejectedRow.objects.create(**values | more)


@pytest.mark.parametrize("path", ["/", "/accounts", "/data", "/movements", "/find", "/you"])
def test_pages_are_for_those_who_are_signed_in(home, client: Client, path: str):
    assert client.get(path).headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("place", RAIL, ids=lambda place: place.key)
def test_every_entry_of_the_rail_leads_to_a_page(visitor: Client, place):
    from django.urls import reverse

    reply = visitor.get(reverse(place.url_name))

    assert reply.status_code == 200
    assert 'aria-current="page"' in reply.content.decode()


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/accounts/nobody"])
def test_every_page_forbids_foreign_and_inline_code(visitor: Client, path: str):
    reply = visitor.get(path)

    assert reply.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    if reply.status_code != 302:
        html = reply.content.decode()
        assert "<script>" not in html
        assert " style=" not in html
        assert "onclick" not in html


def test_ten_thousand_accounts_are_shown_fifty_at_a_time(visitor: Client):
    accounts(10_000)

    reply = visitor.get("/accounts?sort=-mrr&page=3").content.decode()

    assert reply.count('<th scope="row"') == 50
    assert "101–150" in reply
    assert "10,000 accounts" in reply
    assert "6,666 accounts pay" in reply


def test_accounts_are_found_filtered_and_ordered(visitor: Client):
    accounts(60)

    def names(query: str) -> list[str]:
        rows = visitor.get(f"/accounts.csv?{query}").getvalue().decode()
        return [row["account_id"] for row in csv.DictReader(io.StringIO(rows))]

    assert names("q=00012") == ["a-00012"]
    assert len(names("status=left")) == 20
    assert len(names("country=FR&plan=Team")) == 30
    assert names("sort=name")[:2] == ["a-00000", "a-00001"]
    assert names("sort=-people")[0] == "a-00049"
    assert names("sort=last_seen_at")[-1] in {f"a-{n:05}" for n in range(0, 60, 5)}


@pytest.mark.parametrize(
    "query", ["sort=evil", "page=9999999", "page=-1", "columns=x", "status=odd", "q=%00", "page=²"]
)
def test_no_query_breaks_the_accounts(visitor: Client, query: str):
    accounts(3)

    assert visitor.get(f"/accounts?{query}").status_code == 200


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(visitor: Client):
    AccountCard.objects.create(account_id="x", name="=HYPERLINK(1)", status="free")

    assert b"'=HYPERLINK" in visitor.get("/accounts.csv").getvalue()


def test_names_are_never_markup(visitor: Client):
    AccountCard.objects.create(account_id="x", name="<img src=x onerror=1>", status="free")

    for path in ["/accounts", "/accounts/x", "/find?q=img"]:
        assert b"<img src=x" not in visitor.get(path).content


def test_an_account_whose_id_is_odd_has_a_page_and_a_timeline(visitor: Client):
    AccountCard.objects.create(account_id="a/b c?&ü", name="Odd", status="never_paid")

    page = visitor.get("/accounts/a%2Fb%20c%3F%26%C3%BC").content.decode()

    assert "Odd has never paid" in page
    assert "/timeline?account=a%2Fb%20c%3F%26%C3%BC" in page
    assert visitor.get("/timeline?account=a%2Fb%20c%3F%26%C3%BC").status_code == 200


def test_what_is_not_there_says_so_and_leads_back(visitor: Client):
    reply = visitor.get("/accounts/nobody")

    assert reply.status_code == 404
    assert "no account with the id “nobody”" in reply.content.decode()
    assert "To the overview" in visitor.get("/nowhere").content.decode()
    assert visitor.get("/explain/no_such_figure").status_code == 404


def test_an_empty_home_teaches_three_ways_to_begin(visitor: Client):
    html = visitor.get("/").content.decode()

    assert "Three ways to begin" in html
    assert "tenure import FOLDER --map map.toml" in html


def test_a_write_key_is_shown_once_with_code_that_sends(visitor: Client):
    visitor.post("/data/keys", {"name": "Web app"})
    key = WriteKey.objects.get().key

    shown = visitor.get("/data").content.decode()
    again = visitor.get("/data").content.decode()

    assert shown.count(key) >= 4
    assert "http://testserver/v1/track" in shown
    assert key not in again
    assert key[:6] in again


def test_a_revoked_key_stays_on_the_page_as_revoked(visitor: Client):
    visitor.post("/data/keys", {"name": "Web app"})
    key = WriteKey.objects.get()
    visitor.get("/data")

    visitor.post(f"/data/keys/{key.pk}/revoke")

    assert "revoked on" in visitor.get("/data").content.decode()
    assert WriteKey.objects.get().revoked_at


def test_the_name_of_an_import_is_no_name_for_a_key(visitor: Client):
    Source.objects.create(slug="billing", name="billing", kind="import", created_at=NOW)

    reply = visitor.post("/data/keys", {"name": "Billing"}, follow=True)

    assert "An import has this name already" in reply.content.decode()
    assert not WriteKey.objects.exists()


def test_rejected_rows_are_grouped_filtered_dismissed_and_exported(visitor: Client):
    rejected(3)
    rejected(2, code="no_account", field="account", origin="batch:1")

    page = visitor.get("/data/rejected").content.decode()
    assert "5 rows wait to be mended" in page
    assert "What they have in common" in page
    assert "2 rows wait" in visitor.get("/data/rejected?code=no_account").content.decode()

    exported = visitor.get("/data/rejected.csv?code=bad_date").getvalue().decode()
    assert len(exported.splitlines()) == 4
    assert "Write it as 2025-02-28." in exported

    visitor.post("/data/rejected/dismiss", {"filter": "code=bad_date"})
    assert RejectedRow.objects.filter(status="dismissed").count() == 3
    assert RejectedRow.objects.filter(status="open").count() == 2


def test_a_rejected_row_shows_what_arrived_and_what_would_mend_it(visitor: Client):
    rejected(1)
    row = RejectedRow.objects.get()

    html = visitor.get(f"/data/rejected/{row.pk}").content.decode()

    assert "Write it as 2025-02-28." in html
    assert "31.02.2025" in html
    visitor.post("/data/rejected/dismiss", {"row": row.pk})
    assert "No row was refused" in visitor.get("/data/rejected").content.decode()


def test_pages_speak_the_language_that_was_chosen(visitor: Client):
    visitor.post("/preferences", {"language": "zh-hans", "next": "/accounts"})

    html = visitor.get("/data").content.decode()

    assert '<html lang="zh-hans"' in html
    assert "写入密钥" in html


def test_no_page_is_kept_by_a_cache_that_others_share(visitor: Client):
    assert visitor.get("/accounts").headers["Cache-Control"] == "private, no-store"


def test_a_password_can_be_set_and_weak_ones_are_refused_with_a_reason(visitor: Client):
    weak = visitor.post("/you", {"new_password1": "a", "new_password2": "b"})
    assert weak.status_code == 422

    strong = "a horse with a long name"
    visitor.post("/you", {"new_password1": strong, "new_password2": strong})

    assert owner().check_password(strong)
    assert visitor.get("/accounts").status_code == 200


def test_vendored_code_is_whole_licensed_and_packed_for_the_wire():
    vendor = Path(console.__file__).parent / "static" / "vendor"
    listed = (vendor / "README.md").read_text("utf-8")

    for folder in filter(Path.is_dir, vendor.iterdir()):
        assert f"`{folder.name}/`" in listed
        assert (folder / "LICENSE").exists()
        for script in folder.glob("*.js"):
            packed = script.with_name(f"{script.name}.gz").read_bytes()
            assert gzip.decompress(packed) == script.read_bytes()


def test_scripts_are_sent_packed_to_browsers_that_can_unpack(visitor: Client):
    path = "/static/console/vendor/vega-6.4.0/vega.min.js"

    reply = visitor.get(path, headers={"Accept-Encoding": "gzip"})

    assert reply.headers["Content-Encoding"] == "gzip"
    assert int(reply.headers["Content-Length"]) < 200_000
    assert gzip.decompress(reply.getvalue()).startswith(b"!function")


def test_a_page_s_python_and_html_are_not_served(visitor: Client):
    assert b".tiles" in visitor.get("/static/pages/overview/page.css").getvalue()
    assert visitor.get("/static/pages/overview/page.py").status_code == 404
    assert visitor.get("/static/pages/overview/page.html").status_code == 404
