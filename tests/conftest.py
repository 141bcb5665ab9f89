"""What every test may ask for: a home of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Django reads its settings once, at import: give it a home before that.
os.environ["TENURE_HOME"] = tempfile.mkdtemp(prefix="tenure-test-")
os.environ.pop("DATABASE_URL", None)

from django.test import Client  # noqa: E402

from made_once import made_once  # noqa: E402
from migrated import migrate  # noqa: E402
from tenure.base.home import Home  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def home(tmp_path: Path, settings) -> Home:
    """An empty installation folder, which Django's settings point to as well."""
    settings.TENURE_HOME = Home(tmp_path / "home")
    settings.TENURE_HOME.root.mkdir()
    return settings.TENURE_HOME


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but a state that has every migration."""
    return made_once(tmp_path_factory, "migrated", migrate)


@pytest.fixture
def migrated_home(tmp_path: Path, migrated: Path) -> Path:
    """A home for programs of the test's own, which find every migration applied."""
    return Path(shutil.copytree(migrated, tmp_path / "home"))


@pytest.fixture
def visitor(home, client: Client) -> Client:
    """Somebody signed in as the owner, who reads pages without a browser."""
    from tenure.console.sign_in import owner

    client.force_login(owner())
    return client


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """One for each file: while it runs, nobody else in this process can run an event loop."""
    from chromium import launched

    yield from launched()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data made elsewhere, beside the checkout; skips where it is absent."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder shared/data is not beside this checkout")
    return folder
