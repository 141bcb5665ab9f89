"""Accepted means on disk: a web process and a worker, both killed again and again."""

import base64
import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tenure.app.decoders import DECODERS
from tenure.app.serving import free_port
from tenure.base.home import Home
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import last_batch, ship
from tenure.lake.tables import open_table

pytestmark = pytest.mark.slow

TENURE = [sys.executable, "-m", "tenure.app"]
KILLS = 8  # of each process
CLIENTS = 3
EVENTS_A_BATCH = 20
WITHIN_S = 120


class Mortal:
    """A process of Tenure that is killed with all below it, at random moments, and comes back."""

    def __init__(self, home, words, seed, is_up=lambda: True):
        self.command = [*TENURE, "--home", str(home.root), *words]
        self.random = random.Random(seed)
        self.is_up = is_up
        self.kills = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def die_and_return(self, times):
        while self.kills < times:
            while not self.is_up():
                time.sleep(0.02)
            time.sleep(self.random.uniform(0.0, 1.2))
            self.kill()
            self.kills += 1
            self.start()


class Client(threading.Thread):
    """Sends batches of fresh events and sends each again, as it was, until it hears 200."""

    def __init__(self, number, port, key, stopping):
        super().__init__(daemon=True)
        self.number, self.port, self.stopping = number, port, stopping
        token = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}"}
        self.acknowledged = []
        self.unheard = 0  # requests without an answer

    def run(self):
        for batch in itertools.count():
            ids = [f"{self.number}-{batch}-{n}" for n in range(EVENTS_A_BATCH)]
            while not self._heard_200(ids):
                self.unheard += 1
                time.sleep(0.02)
            self.acknowledged += ids
            if self.stopping.is_set():
                return

    def _heard_200(self, ids):
        events = [
            {"type": "track", "event": "opened", "userId": "u", "messageId": each} for each in ids
        ]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/v1/batch", json.dumps({"batch": events}), self.headers)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def ships_again(home):
    """Whether the worker has shipped another batch since this last said yes."""
    seen = None

    def has_shipped():
        nonlocal seen
        last = last_batch(home)
        if last is None or last.number == seen:
            return False
        seen = last.number
        return True

    return has_shipped


def test_every_acknowledged_event_is_in_the_lake_once_after_sixteen_kills(tmp_path):
    home = Home(tmp_path / "home")
    subprocess.run([*TENURE, "--home", home.root, "init"], check=True, capture_output=True)
    key = subprocess.run(
        [*TENURE, "--home", home.root, "keys", "create", "web"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    port = free_port("127.0.0.1", 0)
    stopping = threading.Event()
    web = Mortal(home, ["web", "--port", str(port)], 1, lambda: answers(port))
    worker = Mortal(home, ["work"], 2, ships_again(home))
    clients = [Client(number, port, key, stopping) for number in range(CLIENTS)]
    try:
        killers = [
            threading.Thread(target=each.die_and_return, args=[KILLS]) for each in (web, worker)
        ]
        for thread in (*clients, *killers):
            thread.start()
        for thread in killers:
            thread.join(WITHIN_S)
        stopping.set()
        for client in clients:
            client.join(WITHIN_S)
    finally:
        web.kill()
        worker.kill()

    inbox = open_inbox(home)
    ship(home, inbox, DECODERS, lambda *_: None, datetime.now(UTC), max_seconds=60)
    inbox.close()
    event = open_table(home, "event")
    table = event.to_pyarrow_table(columns=["message_id"])
    in_lake = Counter(table["message_id"].to_pylist())

    assert (web.kills, worker.kills) == (KILLS, KILLS)
    assert event.transaction_version("inbox") >= KILLS  # the worker was killed while it shipped
    assert not any(client.is_alive() for client in clients)
    assert sum(client.unheard for client in clients) >= KILLS
    assert in_lake == Counter(each for client in clients for each in client.acknowledged)
