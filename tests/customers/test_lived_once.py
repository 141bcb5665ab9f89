"""A world that is lived again is a copy, which has all that the first had and nothing of it."""

import pytest

from customers.arriving import NOW
from lived_once import lived_once
from tenure.customers.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(home):
    """Lives in `home`, and says how often it has done so."""
    times = []

    def live() -> int:
        times.append(len(times) + 1)
        home.lake.mkdir()
        (home.lake / "rows").write_text("acme")
        Account.objects.create(account_id="acme", name="Acme", created_at=NOW, first_seen_at=NOW)
        return times[-1]

    return live


def undo(home) -> None:
    (home.lake / "rows").unlink()
    home.lake.rmdir()
    Account.objects.all().delete()


def test_the_second_time_everything_is_as_it_was_the_first_time(home, live):
    assert lived_once(home, ("a world",), live) == 1
    first = list(Account.objects.values())
    undo(home)

    assert lived_once(home, ("a world",), live) == 1
    assert (home.lake / "rows").read_text() == "acme"
    assert list(Account.objects.values()) == first
    Account.objects.create(account_id="beta", created_at=NOW, first_seen_at=NOW)
    assert Account.objects.count() == 2


@pytest.mark.parametrize("what", ["words", "state", "files"])
def test_in_other_words_or_after_something_else_it_is_lived_anew(home, live, what):
    words = (f"before other {what}",)
    lived_once(home, words, live)
    undo(home)
    if what == "state":
        Account.objects.create(account_id="beta", created_at=NOW, first_seen_at=NOW)
    if what == "files":
        home.settings_file.write_text('[company]\nname = "Acme"\n')

    if what == "words":
        words = ("a third",)

    assert lived_once(home, words, live) == 2


def test_a_home_that_has_a_lake_goes_on_living(home, live):
    lived_once(home, ("a fourth",), live)
    Account.objects.all().delete()
    (home.lake / "rows").unlink()

    assert lived_once(home, ("a fourth",), lambda: "went on") == "went on"
