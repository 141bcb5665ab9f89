"""What tests of arrival and shipping start from."""

import pytest
from arrivals import Rejects

from tenure.base.home import Home
from tenure.lake.inbox import open_inbox


@pytest.fixture
def inbox(home: Home):
    """An empty inbox in a file, closed afterwards."""
    opened = open_inbox(home)
    yield opened
    opened.close()


@pytest.fixture
def rejects() -> Rejects:
    return Rejects()
