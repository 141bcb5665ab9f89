"""`tenure serve` as an operator meets it: up, signed in once, tracked into, stopped, killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tenure.app.serving import free_port
from tenure.base.errors import Unavailable
from tenure.bench.processes import resident_mb

pytestmark = pytest.mark.slow

TENURE = [sys.executable, "-m", "tenure.app"]


class Served:
    """A running `tenure serve` and what it has said so far."""

    def __init__(self, root, port):
        self.root, self.port = root, port
        self.url = f"http://127.0.0.1:{port}"
        self.log = root.parent / f"serve-{port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*TENURE, "--home", str(root), "serve", "--port", str(port)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def said(self, pattern, within_s=30):
        return self.wait_for(lambda: re.search(pattern, self.log.read_text()), within_s)

    def wait_for(self, happens, within_s=30):
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if found := happens():
                return found
            time.sleep(0.1)
        pytest.fail(f"nothing within {within_s} s; the log says: {self.log.read_text()[-2000:]}")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def serve(tmp_path):
    running = []

    def start(root=tmp_path / "home"):
        running.append(Served(root, free_port("127.0.0.1", 0)))
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.kill()


def answer(url, opener=urllib.request.urlopen, **request):
    try:
        with opener(urllib.request.Request(url, **request), timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def write_key(root):
    made = subprocess.run(
        [*TENURE, "--home", str(root), "keys", "create", "product"],
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.split()[0]


def accounts_in(root):
    """The account ids in the state, read by a second process while the server runs."""
    listed = subprocess.run(
        [sys.executable, "-c", "import sqlite3, sys; print([r[0] for r in sqlite3.connect("
         "sys.argv[1]).execute('select account_id from card_accountcard order by 1')])",
         str(root / "state.sqlite3")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(listed.stdout.replace("'", '"'))


def child_of(parent, word):
    """The process that `parent` started with this word among its arguments, once it has begun."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) != parent:
                continue
            said = (stat.parent / "cmdline").read_text().split("\0")
            if word in said:
                return int(stat.parent.name)
    return None


def port_is_free(port):
    try:
        return free_port("127.0.0.1", port) == port
    except Unavailable:
        return False


def test_the_link_that_serve_prints_signs_in_once_and_only_once(serve):
    served = serve()
    link = served.said(r"Sign in once with (http\S+)").group(1)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
    stranger = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    first = answer(link, browser)[1]
    second = answer(link, stranger)[1]

    assert "Overview" in first
    assert "Overview" not in second


def test_what_is_tracked_while_serving_becomes_an_account(serve):
    served = serve()
    served.said(r"Tenure is at")
    key = write_key(served.root)
    body = json.dumps(
        {"writeKey": key, "userId": "u1", "groupId": "acme", "type": "group",
         "traits": {"name": "Acme"}, "messageId": "m1"}
    ).encode()  # fmt: skip

    status, text = answer(f"{served.url}/v1/group", data=body)

    assert (status, json.loads(text)) == (200, {"success": True})
    served.wait_for(lambda: accounts_in(served.root) == ["acme"], within_s=40)
    work = served.wait_for(lambda: child_of(served.process.pid, "work"))
    catch_up = served.wait_for(lambda: child_of(work, "--catch-up"))
    web = served.wait_for(lambda: child_of(served.process.pid, "tenure.app.web"))
    # Whoever waits for a page goes before what is done in the background.
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, web) == ours
    assert os.getpriority(os.PRIO_PROCESS, work) == min(ours + 10, 19)
    assert os.getpriority(os.PRIO_PROCESS, catch_up) == min(ours + 15, 19)


def test_a_stop_is_clean_and_a_kill_loses_nothing_that_was_acknowledged(serve):
    served = serve()
    served.said(r"Tenure is at")
    key = write_key(served.root)
    for number in range(20):
        body = json.dumps(
            {"writeKey": key, "type": "group", "userId": "u", "groupId": f"a{number:02}",
             "messageId": f"m{number}"}
        ).encode()  # fmt: skip
        assert answer(f"{served.url}/v1/group", data=body)[0] == 200
    served.kill()

    again = serve(served.root)
    again.said(r"Tenure is at")
    again.wait_for(lambda: len(accounts_in(again.root)) == 20, within_s=40)
    again.process.send_signal(signal.SIGTERM)

    assert again.process.wait(20) == 0
    assert accounts_in(again.root) == [f"a{number:02}" for number in range(20)]


def test_a_port_in_use_is_said_with_the_way_out(serve):
    served = serve()
    served.said(r"Tenure is at")

    second = subprocess.run(
        [*TENURE, "--home", str(served.root), "serve", "--port", str(served.port)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert second.returncode == 1
    assert "--port" in second.stderr


def test_it_stays_within_its_memory(serve):
    served = serve()
    served.said(r"Tenure is at")

    assert resident_mb(served.process.pid) < 300


def test_the_doctor_finds_a_new_home_well(tmp_path):
    subprocess.run([*TENURE, "--home", str(tmp_path / "h"), "init"], check=True)

    result = subprocess.run(
        [*TENURE, "--home", str(tmp_path / "h"), "doctor"], capture_output=True, text=True
    )

    assert result.returncode == 0, result.stdout
    assert "MEND" not in result.stdout


def test_the_doctor_says_what_mends_a_secret_that_others_can_read(tmp_path):
    root = tmp_path / "h"
    subprocess.run([*TENURE, "--home", str(root), "init"], check=True)
    (root / "secret.key").chmod(0o644)

    result = subprocess.run(
        [*TENURE, "--home", str(root), "doctor"], capture_output=True, text=True
    )

    assert result.returncode == 1
    assert "chmod 600" in result.stdout


def test_what_serve_started_ends_when_serve_itself_is_killed(serve):
    served = serve()
    served.said("Sign in once")

    os.kill(served.process.pid, signal.SIGKILL)

    assert served.wait_for(lambda: port_is_free(served.port))


def test_nothing_holds_the_port_when_the_web_process_alone_is_killed(serve):
    served = serve()
    served.said("Sign in once")

    [web, *_] = subprocess.run(
        ["pgrep", "-P", str(served.process.pid), "-f", "app.web"], capture_output=True, text=True
    ).stdout.split()
    os.kill(int(web), signal.SIGKILL)

    assert served.process.wait(20) != 0
    assert served.wait_for(lambda: port_is_free(served.port), within_s=10)


def test_catching_up_ends_at_once_and_says_nothing_when_stopped(tmp_path):
    root, said = tmp_path / "h", []
    subprocess.run([*TENURE, "--home", str(root), "init"], check=True)
    for after_s in (1.5, 2.0, 2.5):
        child = subprocess.Popen(
            [*TENURE, "--home", str(root), "work", "--catch-up"], stderr=subprocess.PIPE, text=True
        )
        time.sleep(after_s)
        child.send_signal(signal.SIGTERM)
        said.append((child.communicate(timeout=10)[1], child.returncode))

    assert not [text for text, code in said if "Traceback" in text or code not in (0, -15)]


def test_a_port_that_is_none_is_refused():
    with pytest.raises(Unavailable, match="choose another with --port"):
        free_port("127.0.0.1", 70_000)
