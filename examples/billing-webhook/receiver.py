"""A host's backend that makes the changes of billing that Tenure asks for. Standard library only.

    TENURE_BILLING_SECRET=whsec_... python receiver.py billing.sqlite3 8700

Everything that belongs to your own billing is in `apply` and `terms_of`; here it is a table with
one JSON text for each subscription. What must stay as it is: the signature is checked before the
body is read, and the change and its key are written in one transaction, so that the same key again
is answered again and not done again.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_BYTES_MAX = 100_000
TOLERANCE_S = 300
Asked = dict[str, object]
Database = sqlite3.Connection
TABLES = """
    create table if not exists subscription (id text primary key, account text, terms text);
    create table if not exists done (id text primary key, answer text not null);
"""


def is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether one of the signatures is ours, and not older than five minutes."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers.get("webhook-id", "").encode(), sent_at.encode(), body])
    ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = [each.partition(",") for each in headers.get("webhook-signature", "").split()]
    return any(
        version == "v1" and hmac.compare_digest(ours, theirs.encode())
        for version, _, theirs in given
    )


def answer(asked: Asked, database: str) -> Asked:
    """What is answered to a request whose signature was right."""
    if asked["kind"] == "ping":
        return {"status": "done"}
    with closing(sqlite3.connect(database, timeout=5, isolation_level=None)) as db:
        if asked["kind"] == "read_back":
            return {"status": "done", "terms": terms_of(db, asked)}
        db.execute("begin immediate")
        known = db.execute("select answer from done where id = ?", [asked["id"]]).fetchone()
        if known:
            return json.loads(known[0])
        terms = terms_of(db, asked)
        refusal = why_not(asked, terms)
        if refusal:  # nothing is written down: it may be asked for again once this is mended
            return {"status": "refused", "message": refusal}
        said = {"status": "done", "terms": apply(db, asked, terms)}
        db.execute("insert into done values (?, ?)", [asked["id"], json.dumps(said)])
        db.execute("commit")
        return said


def why_not(asked: Asked, terms: Asked | None) -> str:
    """Why this is not done, in words for the people who look after the account; "" when it is."""
    if terms is None:
        return f"there is no subscription {asked['subscription']}"
    if terms["status"] == "ended" and asked["kind"] not in ("cancel_now", "refund"):
        return f"{asked['subscription']} has ended"
    if asked["kind"] == "trial_extension" and terms["status"] != "trialing":
        return f"{asked['subscription']} is no trial"
    return ""


def terms_of(db: Database, asked: Asked) -> Asked | None:
    """What holds of a subscription now, in Tenure's words; None when there is none."""
    row = db.execute(
        "select terms from subscription where id = ? and account = ?",
        [asked["subscription"], asked["account"]],
    ).fetchone()
    return row and json.loads(row[0])


def apply(db: Database, asked: Asked, terms: Asked) -> Asked:
    """Make the change, and give the terms that hold from now on."""
    changed = terms | change_of(asked["kind"], asked["values"], terms)
    if asked["kind"] == "refund":
        paid_back = terms.get("refunds", {}) | {asked["id"]: asked["values"]["amount_minor"]}
        changed["refunds"] = paid_back
    db.execute(
        "update subscription set terms = ? where id = ?",
        [json.dumps(changed), asked["subscription"]],
    )
    return changed


def change_of(kind: str, values: Asked, terms: Asked) -> Asked:
    """Which terms are others after a change."""
    until_on, effective = values.get("until_on"), values.get("effective", "now")
    if kind == "plan_change" and effective == "period_end":
        return {"next_plan": values["plan"], "next_plan_on": terms["period_ends_on"]}
    return {
        "pause": {"status": "paused", "paused_until_on": until_on},
        "resume": {"status": "active", "paused_until_on": None},
        "discount": {
            "percent_off": values.get("percent_off"),
            "amount_off_minor": values.get("amount_off_minor"),
            "discount_ends_on": until_on,
        },
        "free_months": {"percent_off": 100, "discount_ends_on": until_on},
        "plan_change": {
            name: values[name]
            for name in ("plan", "billing_interval", "quantity")
            if name in values
        },
        "trial_extension": {"trial_ends_on": until_on},
        "refund": {},
        "cancel_at_period_end": {
            "cancels_on": values.get("ends_on") or terms.get("period_ends_on")
        },
        "cancel_now": {"status": "ended", "cancels_on": datetime.now(UTC).date().isoformat()},
        "uncancel": {"cancels_on": None},
    }[kind]


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self) -> None:
        stated = self.headers.get("Content-Length", "")
        length = int(stated) if stated.isdecimal() else 0
        if not 0 < length <= BODY_BYTES_MAX:
            return self.reply(413, {"error": "too large"})
        body = self.rfile.read(length)
        if not is_signed(self.headers, body, os.environ["TENURE_BILLING_SECRET"]):
            return self.reply(401, {"error": "the signature is wrong or too old"})
        return self.reply(200, answer(json.loads(body), self.server.database))

    def reply(self, status: int, said: Asked) -> None:
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing for each request."""


if __name__ == "__main__":
    database, port = sys.argv[1], int(sys.argv[2])
    with closing(sqlite3.connect(database)) as db:
        db.execute("pragma journal_mode = wal")
        db.executescript(TABLES)
    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.database = database
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
