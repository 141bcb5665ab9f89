"""What the overview shows is in its link, and whatever the link says, the page has an answer."""

from datetime import date

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tenure.console.pages.overview.view import read_view

LATEST = date(2025, 6, 1)
MONTHS = st.dates(date(2015, 1, 1), date(2030, 12, 1)).map(lambda day: f"{day:%Y-%m}")


def view_of(query: str):
    return read_view(QueryDict(query), LATEST, ["EUR", "USD"], ["plan"])


def test_without_a_word_the_last_year_and_the_running_month_are_shown():
    view = view_of("")

    assert (view.first, view.last, view.span) == (date(2024, 6, 1), LATEST, 13)
    assert view.query() == ""


def test_a_view_survives_the_way_through_its_link():
    view = view_of("from=2024-01&to=2024-12&compare=year&currency=usd&by=plan")

    assert view_of(view.query()) == view
    assert (view.scope, view.by, view.shift, view.step) == ("USD", "plan", 12, 12)


def test_months_the_wrong_way_round_are_put_right():
    view = view_of("from=2025-03&to=2025-01")

    assert (view.first, view.last) == (date(2025, 1, 1), date(2025, 3, 1))


def test_the_period_before_is_as_long_as_the_period():
    assert view_of("from=2025-01&to=2025-03").shift == 3
    assert view_of("from=2025-01&to=2025-03&compare=none").shift == 0


@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "compare", "currency", "by"]),
        st.one_of(MONTHS, st.text(max_size=12)),
    )
)
def test_no_link_leads_to_an_error(values):
    query = QueryDict(mutable=True)
    query.update(values)

    view = read_view(query, LATEST, ["EUR"], ["plan"])

    assert view.first <= view.last <= LATEST
    assert 1 <= view.span <= 120
