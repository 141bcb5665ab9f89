"""One simulated company for all tests that only look at it."""

import pytest

from demo.lived_company import company


@pytest.fixture(scope="session")
def fernhill(tmp_path_factory):
    return company(tmp_path_factory.mktemp("fernhill"), accounts=1000, seed=11, events_scale=0.5)
