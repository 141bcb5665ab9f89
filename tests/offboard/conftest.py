"""A home with Acme at the way out, whose arm is the same in every test."""

import pytest

from offboard.visit_worlds import SECRET, an_exit, card, person


@pytest.fixture
def way_out(home, db, settings):
    settings.SECRET_KEY = SECRET
    card()
    person()
    return an_exit(home)
