"""`tenure demo` through the front door: what a home holds afterwards, and what it refuses."""

from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from demo.lived_company import NOW, ListInbox
from tenure.base.errors import BadDefinition, Conflict
from tenure.base.home import Company
from tenure.demo.commands import demo
from tenure.demo.installing import DemoSettings, check_home, settings_of, write_settings
from tenure.demo.telling import first_month, tell_company
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import KIND, pack_events
from tenure.lake.shipping import ship

SMALL = DemoSettings(accounts=20, months=3, seed=5, starts_on=date(2025, 3, 1))


def ship_everything(home, now, *, meanwhile=lambda: None):
    """A pipeline that ends at the lake."""
    inbox = open_inbox(home)
    try:
        shipped = ship(home, inbox, {}, lambda batch, rows: None, now)
        meanwhile()
        return shipped
    finally:
        inbox.close()


def tell(home, until):
    inbox = open_inbox(home)
    try:
        return tell_company(home, inbox, SMALL, until, NOW)
    finally:
        inbox.close()


@pytest.fixture
def run(home, settings):
    settings.TENURE_PIPELINE = "demo.test_demo_home.ship_everything"

    def run(*arguments):
        options = ("--accounts", "20", "--months", "3", "--seed", "5")
        return CliRunner().invoke(demo, [*options, *arguments], catch_exceptions=True)

    return run


def test_what_is_told_is_what_reaches_the_lake(home):
    told = tell(home, date(2025, 6, 18))

    shipped = ship_everything(home, NOW)

    assert (shipped.events, shipped.billing_facts) == (told.events, told.facts)
    assert (shipped.rejected, shipped.duplicates) == (0, 0)


def test_telling_it_twice_changes_nothing(home):
    tell(home, date(2025, 6, 18))
    first = ship_everything(home, NOW)
    truth = home.truth_file.read_bytes()

    tell(home, date(2025, 6, 18))
    second = ship_everything(home, NOW)

    assert (second.events, second.billing_facts) == (0, 0)
    assert second.duplicates == first.events + first.billing_facts
    assert home.truth_file.read_bytes() == truth


def test_a_later_day_adds_only_what_happened_since(home):
    before = tell(home, date(2025, 6, 10))
    ship_everything(home, NOW)

    after = tell(home, date(2025, 6, 18))
    shipped = ship_everything(home, NOW)

    assert shipped.events == after.events - before.events > 0


def test_the_summary_agrees_with_the_rows(fernhill):
    accounts, people = fernhill.rows(
        "select (select count(distinct account_key) from fact), count(distinct user_id) "
        "from event where type = 'identify'"
    )[0]
    mrr = fernhill.rows(
        """
        select currency, count(*), sum(mrr_minor)::bigint
        from fact as start
        where kind = 'start' and status = 'active' and not exists (
            select 1 from fact
            where kind = 'end' and fact.subscription_id = start.subscription_id
                and (fact.version_key is null or fact.version_key = start.version_key)
        )
        group by currency
        """
    )

    assert (fernhill.told.accounts, fernhill.told.people) == (accounts, people)
    assert fernhill.told.mrr_minor == {currency: minor for currency, _, minor in mrr}
    assert fernhill.told.paying == sum(count for _, count, _ in mrr)


def test_progress_is_heard_to_the_end(home):
    heard = []
    tell_company(home, ListInbox(), SMALL, date(2025, 6, 18), NOW, hear=lambda *h: heard.append(h))

    assert heard == sorted(heard)
    assert heard[-1][0] == heard[-1][1]


@pytest.mark.django_db
def test_the_command_makes_a_home_and_says_what_is_in_it(run, home):
    result = run()

    assert result.exit_code == 0, result.output
    assert "MRR" in result.stderr
    assert result.stdout == ""
    assert home.truth_file.exists()
    assert type(home)(home.root).company == Company("Fernhill", "Europe/Berlin", "EUR")
    assert settings_of(home).seed == 5


@pytest.mark.django_db
def test_the_same_command_may_be_given_again(run, home):
    run()
    settings_text = home.settings_file.read_text("utf-8")

    result = run()

    assert result.exit_code == 0, result.output
    assert home.settings_file.read_text("utf-8") == settings_text


@pytest.mark.django_db
def test_another_company_does_not_move_into_the_same_home(run):
    run()

    result = run("--seed", "6", "--force")

    assert isinstance(result.exception, Conflict)
    assert "seed 5" in result.exception.message
    assert "seed 6" in result.exception.message


@pytest.mark.django_db
def test_a_home_with_data_of_its_own_is_refused_unless_forced(run, home):
    row = {
        "message_id": "1", "type": "track", "name": "Report Exported", "user_id": "u1",
        "occurred_at": NOW, "known_at": NOW,
    }  # fmt: skip
    inbox = open_inbox(home)
    inbox.append([Arrival(KIND, "our-shop", NOW, pack_events([row]), {})])
    inbox.close()
    ship_everything(home, NOW)

    refused = run()
    forced = run("--force")

    assert isinstance(refused.exception, Conflict)
    assert "our-shop" in refused.exception.message
    assert "--force" in refused.exception.message
    assert settings_of(home) is not None
    assert forced.exit_code == 0, forced.output


@pytest.mark.django_db
def test_the_future_is_not_told(run):
    result = run("--until", "2999-01-01")

    assert "future" in result.exception.message


def test_what_the_operator_wrote_stays(home):
    home.settings_file.write_text('[company]\nname = "Ours"\n', "utf-8")

    write_settings(home, SMALL)

    assert type(home)(home.root).company.name == "Ours"
    assert settings_of(home) == SMALL
    check_home(home, SMALL, force=False)


def test_a_damaged_section_is_named(home):
    home.settings_file.write_text("[demo]\nacounts = 3\n", "utf-8")

    with pytest.raises(BadDefinition, match="demo"):
        settings_of(home)


def test_whole_months_before_the_current_one():
    assert first_month(date(2025, 6, 18), 24) == date(2023, 6, 1)
    assert first_month(date(2025, 1, 1), 1) == date(2024, 12, 1)
    assert datetime(2025, 1, 1, tzinfo=UTC).date() == first_month(date(2025, 1, 31), 0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_whole_house_takes_the_company_in(home):
    from tenure.card.models import AccountCard
    from tenure.customers.models import Account, Person

    options = ["--accounts", "25", "--months", "4", "--seed", "5", "--events-scale", "0.2"]
    result = CliRunner().invoke(demo, options, catch_exceptions=False)

    assert result.exit_code == 0, result.output
    said = result.stderr.splitlines()[-5]
    accounts = Account.objects.count()
    assert said.strip().startswith(f"{accounts} accounts signed up")
    assert AccountCard.objects.count() == accounts
    paying = AccountCard.objects.filter(mrr_minor__gt=0).count()
    assert f" {paying} pay now" in said
    assert Person.objects.filter(email__endswith=".example").count() > accounts
