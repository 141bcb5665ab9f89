import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser_world import Arrived, Gateway, Site, visiting
from leaving_world import leaving_running

from billing.billing_worlds import host_running
from tenure.base.home import Home
from tenure.bench.processes import new_home, running

SOURCES = 200
SDKS = Path(__file__).parent / "browser_sdks"
CACHE = SDKS.parents[2] / ".setup" / "browser-sdks"
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


@pytest.fixture
def visit(browser, site, tenure, arrived, sources):
    with visiting(browser, site, tenure, arrived, next(sources)) as visit:
        yield visit


@pytest.fixture
def visit_by_gateway(browser, site, gateway, arrived, sources):
    with visiting(browser, site, gateway.url, arrived, next(sources)) as visit:
        yield visit


@pytest.fixture(scope="session")
def browser_sdks():
    """A folder with other vendors' browser libraries, as the lock file pins them."""
    lock = (SDKS / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "node_modules").is_dir():
        fresh = folder.with_name(f"{folder.name}-{os.getpid()}")
        fresh.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SDKS / name, fresh)
        # With the machine's own registry settings; no script of a package is run.
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=fresh,
            check=True,
            timeout=300,
        )
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder / "node_modules"


@pytest.fixture(scope="session")
def leaving(tmp_path_factory, site):
    """A Tenure whose accounts are at the way out, for all tests of every branch."""
    root = tmp_path_factory.mktemp("leaving") / "home"
    with host_running() as billing, leaving_running(root, billing, site) as world:
        yield world


@pytest.fixture
def world(leaving):
    leaving.forget()
    return leaving
