"""A site of somebody's, a proxy before Tenure that fails when told to, and what arrived in the end."""

import http.client
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tenure.app.decoders import DECODERS
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import ship
from tenure.lake.tables import open_table

WITHIN_S = 30
PAGE = Path(__file__).parents[2] / "docs" / "browser.md"


@contextmanager
def listening(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@dataclass
class Site:
    """Pages of a host, by path; any path below a page's own is answered with it too."""

    pages: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)  # address to file
    headers: dict = field(default_factory=dict)  # path to headers, as a policy
    url: str = ""

    @contextmanager
    def open(self):
        site = self

        class Host(Quiet):
            def do_GET(self):
                path = self.path.partition("?")[0]
                if path in site.files:
                    kind = [("Content-Type", "text/javascript"), ("Cache-Control", "no-store")]
                    self.answer(200, kind, site.files[path].read_bytes())
                    return
                name = "/" + path.split("/")[1]
                if name not in site.pages:
                    self.answer(204 if path == "/favicon.ico" else 404)
                    return
                kind = [("Content-Type", "text/html; charset=utf-8")]
                kind += site.headers.get(name, [])
                self.answer(200, kind, site.pages[name].encode())

        with listening(Host) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self


@dataclass
class Gateway:
    """A proxy that maps `/any/path/` to Tenure's root.

    `deeds` are done to the next posts, in order: ("answer", status, headers), "break" (hung
    up on), "lose" (passed on, the answer lost), "hang" (kept for ever). All after that pass. `posts` holds (path, headers,
    body) of each post.
    """

    port: int
    url: str = ""
    deeds: list = field(default_factory=list)
    posts: list = field(default_factory=list)

    @contextmanager
    def open(self):
        gateway = self
        closing = threading.Event()

        class Proxy(Quiet):
            def do_GET(self):
                self.pass_on(b"")

            def do_OPTIONS(self):
                self.pass_on(b"")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                gateway.posts.append((self.path, dict(self.headers), body))
                deed = gateway.deeds.pop(0) if gateway.deeds else "pass"
                if deed == "hang":
                    closing.wait()
                    self.close_connection = True
                elif deed == "break":
                    self.close_connection = True
                elif deed == "lose":
                    gateway.fetched(self, body)
                    self.close_connection = True
                elif deed == "pass":
                    self.pass_on(body)
                else:
                    _, status, headers = deed
                    origin = [("Access-Control-Allow-Origin", "*")]
                    origin += [("Access-Control-Expose-Headers", "retry-after")]
                    self.answer(status, [*origin, *headers.items()])

            def pass_on(self, body):
                self.answer(*gateway.fetched(self, body))

        with listening(Proxy) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self
            closing.set()

    def fetched(self, request, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        dropped = ("host", "content-length", "connection")
        headers = {n: v for n, v in request.headers.items() if n.lower() not in dropped}
        path = "/" + request.path.removeprefix("/any/path/").lstrip("/")
        try:
            connection.request(request.command, path, body or None, headers)
            reply = connection.getresponse()
            unwanted = ("content-length", "date", "server", "connection")
            kept = [(n, v) for n, v in reply.getheaders() if n.lower() not in unwanted]
            return reply.status, kept, reply.read()
        finally:
            connection.close()

    def bodies(self):
        return [json.loads(body) for _, _, body in self.posts]

    def names(self):
        """What was tried to be sent, event by event, resent ones again."""
        return [
            event.get("event") or event["type"] for body in self.bodies() for event in body["batch"]
        ]


class Arrived:
    """Rows of the lake, shipped as they come."""

    def __init__(self, home):
        self.home = home
        self.rejected = []
        self._inbox = open_inbox(home)
        self._read = []

    def close(self):
        self._inbox.close()

    def rows(self, source):
        if not self._inbox.is_empty():
            ship(self.home, self._inbox, DECODERS, self._refuse, datetime.now(UTC))
            self._read = [
                _read(row) for row in open_table(self.home, "event").to_pyarrow_table().to_pylist()
            ]
        found = [row for row in self._read if row["source"] == source]
        return sorted(found, key=lambda row: (row["occurred_at"], row["message_id"]))

    def _refuse(self, _, rows):
        self.rejected += rows


def _read(row):
    return row | {name: json.loads(row[name]) for name in ("properties", "context")}


def until(seen, wanted=True):
    """Wait until `seen()` is `wanted`; for True, until it is anything true."""
    end = time.monotonic() + WITHIN_S
    while True:
        found = seen()
        if found == wanted or (wanted is True and found):
            return
        if time.monotonic() > end:
            raise AssertionError(f"wanted {wanted!r}, came {found!r}")
        time.sleep(0.02)


def await_script(page):
    """Wait until tenure.js has come and begun.

    A function and no expression: Playwright has the page evaluate that again each time it
    looks, which a strict policy refuses.
    """
    page.wait_for_function("() => window.tenure && tenure.version")


@dataclass
class Visit:
    """One browser with one source of its own, and what that source has received."""

    context: object
    site: Site
    host: str
    key: str
    source: str
    arrived: Arrived
    complaints: list = field(default_factory=list)

    def html(self, *, body="", head="", before="", host=None, **attributes):
        """A page with the script's tag; `before` stands above it."""
        said = {"key": self.key, "interval": "100", "timeout": "700", **attributes}
        data = "".join(
            f' data-{name.replace("_", "-")}="{value}"'
            for name, value in said.items()
            if value is not None
        )
        tag = f'<script async src="{host or self.host}/tenure.js"{data}></script>'
        return f"<!doctype html><title>Acme</title>{head}{before}{tag}<body>{body}"

    def add(self, html, name=None, headers=()):
        """A new page of the site: its address."""
        name = name or f"/{self.source}-{len(self.site.pages)}"
        self.site.pages[name] = html
        self.site.headers[name] = list(headers)
        return self.site.url + name

    def open(self, address=None, **more):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(address or self.add(self.html(**more)))
        await_script(page)
        return page

    def rows(self):
        return self.arrived.rows(self.source)

    def names(self):
        return [row["name"] or row["type"] for row in self.rows()]

    def await_names(self, *names):
        """Wait until these have come, in any order, and nothing else: their rows by name."""
        until(lambda: sorted(self.names()), sorted(names))
        return {row["name"] or row["type"]: row for row in self.rows()}

    def stored(self, page):
        """What is kept in the browser, by name."""
        return page.evaluate("() => Object.assign({}, localStorage)")


@contextmanager
def visiting(browser, site, host, arrived, named, **more):
    """A browser that knows nothing yet, with a source of its own; no page of it may have thrown."""
    source, key = named
    visit = Visit(browser.new_context(**more), site, host, key, source, arrived)
    yield visit
    visit.context.close()
    assert visit.complaints == []
