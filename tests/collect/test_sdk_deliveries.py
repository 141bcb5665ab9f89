"""The official clients of Segment, RudderStack and PostHog deliver to a running Tenure.

Each delivers one call of every kind twice: straight, and through a gateway that refuses the first
request and loses the answer to the second, so that what it sent arrives more than once.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flaky_gateway import flaky_gateway
from tracking_world import in_order

from tenure.app.decoders import DECODERS
from tenure.base.home import Home
from tenure.bench.processes import running
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import ship
from tenure.lake.tables import open_table

# One server and one round of deliveries for all of these tests.
pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".setup" / "node-sdks"
TENURE = [sys.executable, "-m", "tenure.app"]
WITHIN_S = 90
# A client's library may look for a proxy or a home on the machine; it shall find neither.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
} | {"NO_PROXY": "127.0.0.1"}

SEGMENT_LIKE = ["python-segment", "python-rudderstack", "node-segment", "node-rudderstack"]
# Each snippet of the page, by its heading there.
SNIPPETS = [
    f"{vendor}, {language}"
    for vendor in ("Segment", "RudderStack", "PostHog")
    for language in ("Python", "Node")
]
SDKS = [*SEGMENT_LIKE, "python-posthog", "node-posthog"]
ROUTES = ["straight", "flaky"]


@dataclass
class Deliveries:
    rows: list  # of the lake
    rejected: list
    deeds: dict  # source: what its gateway did

    def of(self, source):
        return {(row["type"], row["name"]): row for row in self.rows if row["source"] == source}


@pytest.fixture(scope="session")
def node_modules():
    """A folder with the Node clients, installed as the lock file pins them, once for each lock."""
    lock = (HERE / "node_sdks" / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "node_modules").is_dir():
        fresh = folder.with_name(f"{folder.name}-{os.getpid()}")
        fresh.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node_sdks" / name, fresh)
        # With the machine's own registry settings; no script of a package is run.
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=fresh,
            check=True,
            timeout=300,
        )
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory, node_modules):
    home = Home(tmp_path_factory.mktemp("sdks") / "home")
    subprocess.run([*TENURE, "--home", home.root, "init"], check=True, capture_output=True)
    sources = [f"{sdk}-{route}" for sdk in SDKS for route in ROUTES]
    sources += [_slug(heading) for heading in SNIPPETS]
    keys = _new_keys(home, sources)
    deeds = {}
    with ExitStack() as stack:
        port, _, _ = stack.enter_context(running(home.root, "web"))
        ports = {}
        for source in sources:
            ports[source] = port
            if source.endswith("flaky"):
                ports[source], deeds[source] = stack.enter_context(flaky_gateway(port))
        with ThreadPoolExecutor(4) as pool:
            outcomes = [
                pool.submit(_deliver, source, ports[source], keys[source], node_modules)
                for source in sources
                if not source.startswith("page-")
            ]
            url = f"http://127.0.0.1:{port}"
            outcomes += [
                pool.submit(_follow_page, heading, url, keys[_slug(heading)], node_modules)
                for heading in SNIPPETS
            ]
        for outcome in outcomes:
            outcome.result()
    rejected = []
    inbox = open_inbox(home)
    ship(home, inbox, DECODERS, lambda _, rows: rejected.extend(rows), datetime.now(UTC))
    inbox.close()
    rows = in_order(open_table(home, "event").to_pyarrow_table().to_pylist())
    return Deliveries(rows, rejected, deeds)


def _new_keys(home, sources):
    """A key for each source, made as `tenure keys create` makes them, but by one process."""
    script = (
        "import sys; from tenure.app.cli import prepare_django; prepare_django();"
        "from tenure.base.clock import system_clock; from tenure.collect.write_keys import *;"
        "[print(create_write_key(name, system_clock()).key) for name in sys.argv[1:]]"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, *sources],
        env=os.environ | {"TENURE_HOME": str(home.root)},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(zip(sources, made.stdout.split(), strict=True))


def _deliver(source, port, key, node_modules):
    language, sdk, _ = source.split("-")
    url = f"http://127.0.0.1:{port}"
    if language == "python":
        command = [sys.executable, HERE / "python_sdks" / "deliver.py", sdk, url, key]
    else:
        command = ["node", HERE / "node_sdks" / "deliver.mjs", sdk, node_modules, url, key]
    _run(source, command)


def _slug(heading):
    return "page-" + heading.lower().replace(", ", "-")


def _follow_page(heading, url, key, node_modules):
    """Run the snippet under a heading of docs/tracking.md as it stands there, but for the host."""
    page = (HERE.parents[1] / "docs" / "tracking.md").read_text("utf-8")
    [code] = re.findall(
        rf"^\*\*{heading}\*\*[^\n]*\n\n```(?:python|js)\n(.*?)```", page, re.M | re.S
    )
    code = code.replace("http://127.0.0.1:8000", url).replace("YOUR_WRITE_KEY", key)
    if "Python" in heading:
        _run(heading, [sys.executable, "-c", code])
    else:
        _run(heading, ["node", "-e", code], cwd=node_modules)


def _run(name, command, **more):
    done = subprocess.run(
        command, env=ENVIRONMENT, timeout=WITHIN_S, capture_output=True, text=True, **more
    )
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"


def test_nothing_that_an_official_client_sent_was_refused(deliveries):
    assert deliveries.rejected == []


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("sdk", SEGMENT_LIKE)
def test_every_call_of_a_segment_client_is_one_row_with_its_fields(deliveries, sdk, route):
    rows = deliveries.of(f"{sdk}-{route}")
    ids = {key: [row[c] for c in ("user_id", "anonymous_id", "previous_id", "account_key")]
           for key, row in rows.items()}  # fmt: skip
    properties = {key: row["properties"] for key, row in rows.items()}

    screen = properties.pop(("screen", "Main"))
    assert screen in ({}, {"name": "Main"}, {"category": "Main"})
    page = properties.pop(("page", "API"))
    assert page | {"name": "API"} == {"section": "x", "category": "Docs", "name": "API"}
    assert properties == {
        ("identify", None): {"email": "ann@acme.test", "plan": "Pro"},
        ("group", None): {"name": "Acme", "employees": 12},
        ("track", "Report Exported"): {"rows": 3, "format": "csv"},
        ("alias", None): {},
        ("track", "Looked Around"): {},
    }
    assert ids == {
        ("identify", None): ["u1", None, None, None],
        ("group", None): ["u1", None, None, "acme"],
        ("track", "Report Exported"): ["u1", None, None, "acme"],
        ("page", "API"): ["u1", None, None, None],
        ("screen", "Main"): ["u1", None, None, None],
        ("alias", None): ["u1", None, "anon-1", None],
        ("track", "Looked Around"): [None, "anon-2", None, None],
    }


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("sdk", ["python-posthog", "node-posthog"])
def test_every_call_of_a_posthog_client_is_one_row_with_its_fields(deliveries, sdk, route):
    rows = deliveries.of(f"{sdk}-{route}")
    nobody = rows.pop(("track", "Looked Around"), None)  # the Python client alone allows it
    ids = {key: [row[c] for c in ("user_id", "anonymous_id", "previous_id", "account_key")]
           for key, row in rows.items()}  # fmt: skip

    assert {key: row["properties"] for key, row in rows.items()} == {
        ("identify", None): {"email": "ann@acme.test", "plan": "Pro"},
        ("group", None): {"name": "Acme", "employees": 12},
        ("track", "Report Exported"): {"rows": 3, "format": "csv"},
        ("page", "API"): {"title": "API", "section": "x"},
        ("screen", "Main"): {},
        ("alias", None): {},
    }
    assert ids == {
        ("identify", None): ["u1", None, None, None],
        ("group", None): [None, None, None, "acme"],
        ("track", "Report Exported"): ["u1", None, None, "acme"],
        ("page", "API"): ["u1", None, None, None],
        ("screen", "Main"): ["u1", None, None, None],
        ("alias", None): ["u1", None, "anon-1", None],
    }
    if sdk == "python-posthog":
        assert nobody["user_id"] is None and nobody["anonymous_id"]


@pytest.mark.parametrize("heading", SNIPPETS)
def test_every_snippet_of_the_page_delivers_a_person_an_account_and_an_event(deliveries, heading):
    rows = deliveries.of(_slug(heading))

    assert rows["identify", None]["properties"] == {"email": "ann@acme.test"}
    assert rows["group", None]["properties"] == {"name": "Acme", "plan": "Pro"}
    assert rows["track", "Report Exported"]["properties"] == {"format": "csv"}
    assert rows["track", "Report Exported"]["account_key"] == "acme"
    assert len(rows) == 3


@pytest.mark.parametrize("sdk", SDKS)
def test_the_time_of_an_event_is_the_clients_corrected_for_its_clock(deliveries, sdk):
    row = deliveries.of(f"{sdk}-straight")["track", "Report Exported"]

    stated_at = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert abs(row["occurred_at"] - stated_at) < timedelta(seconds=30)
    assert row["sent_at"] is not None
    # RudderStack's Node client says beside a stated time when it was called.
    assert (row["original_at"] == stated_at) == (sdk != "node-rudderstack")
    assert row["known_at"] == row["received_at"]
    assert datetime.now(UTC) - row["received_at"] < timedelta(minutes=5)


@pytest.mark.parametrize("sdk", SDKS)
def test_a_client_that_is_refused_and_hears_no_answer_sends_again_and_nothing_is_there_twice(
    deliveries, sdk
):
    rows = [row for row in deliveries.rows if row["source"] == f"{sdk}-flaky"]

    assert deliveries.deeds[f"{sdk}-flaky"][:3] == ["refused", "lost", "passed"]
    assert len(rows) == len(deliveries.of(f"{sdk}-straight"))
    assert len({row["message_id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("sdk", SDKS)
def test_the_library_is_known_by_name_and_a_servers_address_is_not_kept(deliveries, sdk):
    row = deliveries.of(f"{sdk}-straight")["track", "Report Exported"]

    assert row["context"]["library"]["name"]
    assert "ip" not in row["context"], json.dumps(row["context"])
