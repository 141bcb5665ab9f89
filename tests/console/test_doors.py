"""Behind each figure of the overview is a list, and the list adds up to the figure."""

import csv
import html
import http.cookiejar
import re
import urllib.request
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from console_home import PASSWORD, csrf_token

pytestmark = pytest.mark.slow

DOOR = re.compile(r'<a class="(?:quiet|figure[^"]*)"[^>]* href="(/movements[^"]*)"[^>]*>(.*?)</a>')
SUM = re.compile(r'class="num sum">([^<]*)')
Open = Callable[[str], str]


@pytest.fixture(scope="module")
def page(company) -> Open:
    """What a signed-in visitor reads at a path."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def read(path: str, **form: str) -> str:
        body = urlencode(form).encode() if form else None
        with opener.open(company.url + path, body, timeout=30) as reply:
            return reply.read().decode()

    token = csrf_token(read("/sign-in"))
    read("/sign-in", username="owner", password=PASSWORD, csrfmiddlewaretoken=token)
    return read


def doors(text: str) -> list[tuple[str, str]]:
    """Each figure with where it leads, once."""
    found = {
        (html.unescape(href), html.unescape(re.sub(r"<[^>]+>.*", "", shown.split("</span>")[0])))
        for href, shown in (
            (href, re.sub(r'^<span class="num">', "", shown)) for href, shown in DOOR.findall(text)
        )
    }
    return sorted(found)


def size(figure: str) -> int:
    return int(re.sub(r"[^\d]", "", figure) or 0)


def wrong_doors(page: Open, path: str, whole: str = "") -> tuple[int, list[str]]:
    """How many figures have been tried, and those whose list says something else."""
    text = page(path)
    part = text[text.index(whole) :].split("</section>")[0] if whole else text
    tried, wrong = 0, []
    for href, figure in doors(part):
        if "%" in figure or not size(figure):
            continue
        tried += 1
        if re.search("[€$]", figure):
            listed = {size(html.unescape(SUM.findall(page(href))[0]))}
        else:
            rows = list(csv.DictReader(page(href.replace("?", ".csv?", 1)).splitlines()))
            listed = {len(rows), len({row["account_id"] for row in rows})}
        if all(abs(size(figure) - one) > 0 for one in listed):
            wrong.append(f"{figure} leads to {href}, which lists {listed}")
    return tried, wrong


def months(page: Open, count: int) -> tuple[str, str]:
    """The last `count` whole months, as a link writes them."""
    options = re.findall(r'<option value="(\d{4}-\d\d)"', page("/").split('name="to"')[1])
    return options[count], options[1]


@pytest.mark.parametrize("currency", ["all", "EUR", "USD"])
def test_tiles_and_months_lead_to_lists_that_add_up_to_them(page, currency):
    first, last = months(page, 2)

    tried, wrong = wrong_doors(page, f"/?from={first}&to={last}&currency={currency}")

    assert wrong == []
    assert tried > 10


@pytest.mark.parametrize("currency", ["all", "EUR"])
@pytest.mark.parametrize("column", ["plan", "country"])
def test_groups_lead_to_lists_that_add_up_to_them(page, column, currency):
    first, last = months(page, 6)
    path = f"/?from={first}&to={last}&by={column}&currency={currency}"

    tried, wrong = wrong_doors(page, path, whole='id="split"')

    assert wrong == []
    assert tried > 5


def test_a_rate_s_explanation_and_a_notice_s_name_the_accounts(page):
    first, _last = months(page, 1)

    for path in (f"/explain/notices?month={first}", f"/explain/mrr_at_end_minor?month={first}"):
        names = re.findall(
            r'<a class="quiet" href="/accounts/([^"]+)"[^>]*>([^<]+)</a>', page(path)
        )
        assert all(account_id != name for account_id, name in names)


@pytest.mark.parametrize(
    "query",
    ["from=0001-01&to=9999-12", "month=2199-12", "month=1900-01&by=plan", "kind=paying&by=nope"],
)
def test_no_span_of_months_breaks_a_list(page, query):
    assert "<h1" in page(f"/movements?{query}")
