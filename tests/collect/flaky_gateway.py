"""A proxy that fails as networks do, between an official client and Tenure."""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DEEDS = ("refused", "lost")


class Gateway(BaseHTTPRequestHandler):
    """One request on its way through; the server knows the port behind it and what was done."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self._body()
        with self.server.lock:
            place = len(self.server.deeds)
            deed = DEEDS[place] if place < len(DEEDS) else "passed"
            self.server.deeds.append(deed)
        if deed == "refused":
            self._answer(503, [("Retry-After", "1")], b'{"success": false}')
            return
        status, headers, answer = self._passed_on(body)
        if deed == "lost":
            self.close_connection = True
            return
        self._answer(status, headers, answer)

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _passed_on(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=20)
        dropped = ("host", "content-length", "transfer-encoding", "connection")
        headers = {n: v for n, v in self.headers.items() if n.lower() not in dropped}
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            kept = [
                (n, v)
                for n, v in response.getheaders()
                if n.lower() not in ("content-length", "date", "server")
            ]
            return response.status, kept, response.read()
        finally:
            connection.close()

    def _answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def flaky_gateway(port):
    """(its port, what it did) before a server: the first request is refused with 503, the answer
    to the second gets lost on the way back, and everything after that passes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.daemon_threads = True
    server.behind, server.deeds, server.lock = port, [], threading.Lock()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1], server.deeds
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
