"""Messages in the product as tests need them: written as an operator would, asked for as a page."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.kit.signed_token import to_base64
from tenure.messages.in_app.file import read_in_app
from tenure.messages.in_app.http import ASK, DID, InApp
from tenure.messages.in_app.parts import BANNER, CHECKLIST, MODAL, SURVEY, TOUR
from tenure.messages.in_app.writing import payload_of, write_in_app
from tenure.messages.ledger import intend_all, new_message
from tenure.messages.mail_names import MailNames
from tenure.messages.models import Message
from tenure.segments.vocabulary import Vocabulary

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
VALUES = {
    "person": {"first_name": "Ann <b>", "name": "Ann", "email": "ann@acme.example"},
    "account": {"name": "Acme & Söhne", "plan": "Pro"},
    "links": {"app": "https://app.example.com"},
}
FILES = {
    BANNER: """+++
title = "Reports come by themselves"
[button]
label = "Open reports"
link = "{{ links.app }}/reports?for={{ account.name | default: '' }}"
+++
Hello {{ person.first_name | default: 'there' }}, *two minutes* are enough.
""",
    MODAL: """+++
title = "Your first project is done"
[button]
label = "Show the next step"
event = "Next Step Wanted"
+++
Everything is at [its place](/projects).
""",
    CHECKLIST: """+++
title = "First steps"
[[item]]
name = "project"
label = "Create a project"
event = "Project Created"
link = "/projects/new"
[[item]]
name = "invite"
label = "Tell a colleague"
+++
""",
    TOUR: """+++
title = "New projects start here"
at = "#new-project"
side = "below"
+++
From a template it takes two minutes.
""",
    SURVEY: """+++
title = "One question"
[[question]]
name = "score"
kind = "score"
ask = "How likely are you to recommend Fernhill?"
low = "Not at all"
high = "Extremely"
[[question]]
name = "for"
kind = "choice"
ask = "What for?"
choices = ["Invoices", "Reports"]
optional = true
[[question]]
name = "why"
kind = "text"
ask = "Why?"
optional = true
+++
""",
}
TASK = {"title": "Call them", "within_days": 2, "question": "score", "at_least": 0, "at_most": 6}


def authored(kind: str, text: str = "", known: Any = lambda path: "", **more: Any) -> Any:
    names = MailNames(
        problem=known,
        kind=lambda path: "",
        is_always=more.pop("is_always", lambda path: True),
        over="account",
        vocabularies={"account": Vocabulary("account", {"plan": Column("varchar")})},
        tags=more.pop("tags", {}),
    )
    return read_in_app(text or FILES[kind], f"plays/tips/01.{kind}.en.md", kind, names, **more)


@dataclass
class Column:
    type: str


@dataclass
class Reader:
    """Who reads; `true` are the conditions that hold."""

    language: str = "en"
    true: tuple[str, ...] = ()
    account_id: str = "acme"
    person_id: str = "ann"
    now: datetime = NOON

    def holds(self, condition: str, over: str) -> bool | None:
        return condition in self.true

    def value(self, column: str) -> object:
        return None


def said(kind: str, text: str = "", language: str = "en", true: tuple[str, ...] = ()) -> Any:
    """The words of a message in a language."""
    return write_in_app(authored(kind, text), VALUES, Reader(language, true)).said


def written(kind: str, text: str = "", language: str = "en", **more: Any) -> dict[str, Any]:
    """The payload of a message in one language, and in those of `more`."""
    words = {language: said(kind, text, language)}
    words |= {name: said(kind, each, name) for name, each in more.items()}
    return payload_of(kind, words, prefers="", over="account")


def meant(kind: str, key: str = "", now: datetime = NOON, **more: Any) -> Message:
    """A message in the ledger that may be shown."""
    fields: dict[str, Any] = {
        "key": key or kind,
        "purpose": "play",
        "channel": "in_app",
        "recipient": "",
        "person_id": "ann",
        "account_id": "acme",
        "play": "tips",
        "step": "say",
        "topic": "tips",
        "subject": FILES[kind].split('"')[1],
        "payload": written(kind),
    }
    intend_all([(new_message(now=now, **fields | more), [("person", "ann")])])
    return Message.objects.get(key=key or kind)


@dataclass
class Key:
    key_id: str = "ck_1"
    secret: str = "cs_secret"
    revoked_at: datetime | None = None


class Here:
    """Asks the state in the test's own thread."""

    async def deciding(self, act: Any) -> Any:
        return act()


@dataclass
class Door:
    arrived: list[Any] = field(default_factory=list)

    async def append(self, arrival: Any) -> None:
        self.arrived.append(arrival)


@dataclass
class Page:
    """Somebody's page, which asks `InApp` as a browser does."""

    home: Any
    now: datetime = NOON
    key: Key = field(default_factory=Key)
    door: Door = field(default_factory=Door)
    said: dict[str, Any] = field(default_factory=lambda: {"person": "ann"})

    def token(self, **more: Any) -> str:
        from tenure.messages.person_token import sign

        exp = int((self.now + timedelta(hours=1)).timestamp())
        return sign({"exp": exp, **self.said, **more}, self.key)

    def asks(self, language: str = "", **more: Any) -> tuple[int, Any]:
        return self.posts(ASK, {"token": self.token(), "language": language} | more)

    def shown(self, language: str = "") -> list[dict[str, Any]]:
        status, said = self.asks(language)
        assert status == 200, said
        return said["messages"]

    def did(self, key: str, what: str, **more: Any) -> tuple[int, Any]:
        return self.posts(DID, {"token": self.token(), "key": key, "did": what, **more})

    def posts(self, path: str, body: Any, method: str = "POST") -> tuple[int, Any]:
        app = InApp(self.door, self.home, Here(), lambda _: {self.key.key_id: self.key},
                    lambda: self.now)  # fmt: skip
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": text}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": []}
        running = app(scope, receive, send)
        with suppress(StopIteration):
            running.send(None)  # nothing in it waits, so it ends at once
        return sent[0]["status"], json.loads(sent[1]["body"] or "null")

    def told(self) -> list[dict[str, Any]]:
        """The events that were recorded, in order."""
        from tenure.lake.rows import decode_rows

        events = decode_rows(self.door.arrived).events
        rows = events.to_pylist() if events is not None else []
        return [row | {"properties": json.loads(row["properties"])} for row in rows]


def forged(token: str) -> str:
    """The same words of somebody else."""
    prefix, key_id, _, signature = token.split(".")
    payload = to_base64(json.dumps({"person": "bob", "exp": 4_000_000_000}).encode())
    return f"{prefix}.{key_id}.{payload}.{signature}"
