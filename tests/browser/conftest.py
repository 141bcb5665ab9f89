import os
import subprocess
import sys

import pytest
from browser_world import ARGUMENTS, CHROMIUM, Arrived, Gateway, Site, Visit
from playwright.sync_api import sync_playwright

from tenure.base.home import Home
from tenure.bench.processes import new_home, running

SOURCES = 60
_MAKE_KEYS = """
import sys
from tenure.app.cli import prepare_django
prepare_django()
from tenure.base.clock import system_clock
from tenure.collect.write_keys import create_write_key
for name in sys.argv[1:]:
    print(create_write_key(name, system_clock()).key)
"""


@pytest.fixture(scope="session")
def tenure_home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("browser") / "home")
    new_home(home.root)
    with home.settings_file.open("a") as settings:
        settings.write('\n[tracking]\nprefixes = ["/t", "/assets/x9"]\n')
    return home


@pytest.fixture(scope="session")
def sources(tenure_home):
    """(source, write key), a fresh pair for each test."""
    names = [f"site-{number}" for number in range(SOURCES)]
    made = subprocess.run(
        [sys.executable, "-c", _MAKE_KEYS, *names],
        env=os.environ | {"TENURE_HOME": str(tenure_home.root)},
        check=True,
        capture_output=True,
        text=True,
    )
    return iter(list(zip(names, made.stdout.split(), strict=True)))


@pytest.fixture(scope="session")
def tenure(tenure_home, sources):
    """The address of a running `tenure web`."""
    with running(tenure_home.root, "web") as (port, _, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def arrived(tenure_home, tenure):
    found = Arrived(tenure_home)
    yield found
    found.close()


@pytest.fixture(scope="session")
def site():
    with Site().open() as site:
        yield site


@pytest.fixture
def gateway(tenure):
    """A proxy of the test's own before Tenure."""
    with Gateway(int(tenure.rpartition(":")[2])).open() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, site, tenure, arrived, sources):
    """A browser that knows nothing yet; no page of it may have thrown."""
    with visiting(browser, site, tenure, arrived, next(sources)) as visit:
        yield visit


@pytest.fixture
def visit_by_gateway(browser, site, gateway, arrived, sources):
    with visiting(browser, site, gateway.url, arrived, next(sources)) as visit:
        yield visit


class visiting:
    def __init__(self, browser, site, host, arrived, named, **more):
        source, key = named
        self.visit = Visit(browser.new_context(**more), site, host, key, source, arrived)

    def __enter__(self):
        return self.visit

    def __exit__(self, *_):
        self.visit.context.close()
        assert self.visit.complaints == []
