"""The host's own backend as billing system: signed requests to one address. docs/billing.md.

Every request is a POST of JSON, signed as Standard Webhooks has it; a change has its key as
`webhook-id`, and the same body however often it is asked for. Only a `2xx` whose body says so means
that something was done or refused.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tenure.base.clock import Clock, system_clock
from tenure.base.errors import Unavailable
from tenure.base.home import Home
from tenure.base.ids import fresh_id
from tenure.billing.exchange import NoReply, Reply, post
from tenure.billing.kinds import KINDS
from tenure.billing.known_terms import terms_known
from tenure.billing.signing import read_secret, signed_headers, webhook_id
from tenure.billing.system import WITHIN_S, Answer, Change, Terms
from tenure.definitions.toml_file import Fields
from tenure.kit.web_address import web_address

LOOPBACK = ("localhost", "127.0.0.1", "::1")
RETRY_AFTER_S_MAX = 6 * 3600.0
DAY_S = 86_400.0

ReadElsewhere = Callable[[str, str], Terms | None]


@dataclass(frozen=True, slots=True)
class WebhookBilling:
    """One address. `read_elsewhere` reads back where the host cannot, from facts."""

    url: str
    keys: Sequence[bytes]
    can: frozenset[str] = frozenset(KINDS)
    timeout_s: float = WITHIN_S
    settles_within_s: float = 60.0
    gives_up_after_s: float | None = 3 * DAY_S
    read_elsewhere: ReadElsewhere | None = None
    clock: Clock = system_clock
    name: str = "webhook"

    def __repr__(self) -> str:
        return f"WebhookBilling({urlsplit(self.url).hostname})"  # a traceback shows no secret

    def perform(self, change: Change, within_s: float = WITHIN_S) -> Answer:
        """What the host answered. Asking for a change again sends the same bytes."""
        asked = {
            "id": webhook_id(change.key),
            "kind": change.kind,
            "account": change.account_id,
            "subscription": change.subscription_id,
            "values": change.values,
            "asked_at": change.asked_at,
        }
        return _answer(self._post(asked, within_s))

    def read_back(
        self, account_id: str, subscription_id: str, within_s: float = WITHIN_S
    ) -> Terms | None:
        """The terms that the host holds, or that facts show. Raises Unavailable where neither."""
        if self.read_elsewhere is not None:
            return self.read_elsewhere(account_id, subscription_id)
        asked = {
            "id": fresh_id("read", 24),
            "kind": "read_back",
            "account": account_id,
            "subscription": subscription_id,
        }
        answer = _answer(self._post(asked, within_s))
        if answer.status != "done":
            raise Unavailable(f"the host could not be read: {answer.status}: {answer.message}")
        return answer.terms

    def ping(self, within_s: float = WITHIN_S) -> Answer:
        """Whether the host answers and knows the signature; it changes nothing."""
        return _answer(self._post({"id": fresh_id("ping", 24), "kind": "ping"}, within_s))

    def _post(self, asked: Mapping[str, Any], within_s: float) -> Reply | NoReply:
        body = msgspec.json.encode(asked)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept": "application/json",
            "User-Agent": "Tenure",
            "Connection": "close",
        }
        headers |= signed_headers(str(asked["id"]), self.clock(), body, self.keys)
        return post(self.url, body, headers, min(within_s, self.timeout_s))


def webhook_system(
    home: Home, read: Fields, environment: Mapping[str, str] = os.environ
) -> WebhookBilling:
    """The webhook that `[billing]` names. Raises BadDefinition that says what to mend."""
    url = read.text("url")
    parts = web_address(url)
    if parts is None or parts.username:
        raise read.refuse("url", "this is no address; write https://app.example.com/tenure/billing")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise read.refuse("url", "it would travel in the clear; write https://")
    can = read.texts("can", KINDS)
    for kind in can:
        if kind not in KINDS:
            raise read.unknown("can", "change", kind, KINDS)
    where = read.text("read_back", "webhook", among=("webhook", "facts"))
    timeout_s = read.number("timeout_s", WITHIN_S)
    if not 0 < timeout_s <= 30:
        raise read.refuse("timeout_s", f"{timeout_s:g} is out of range; use 1 to 30")
    by_facts = where == "facts"
    days = read.number("settles_within_days", 3.0) if by_facts else 60 / DAY_S
    return WebhookBilling(
        url=url,
        keys=_keys(read, environment),
        can=frozenset(can),
        timeout_s=timeout_s,
        settles_within_s=days * DAY_S,
        read_elsewhere=(lambda a, s: terms_known(home, a, s, system_clock())) if by_facts else None,
    )


def _keys(read: Fields, environment: Mapping[str, str]) -> list[bytes]:
    """The key in use, and while a secret is being changed the one before it."""
    keys = []
    for name in ("secret", "old_secret"):
        text = environment.get(f"TENURE_BILLING_{name.upper()}") or read.text(name, "")
        read.known(name)
        if not text and name == "old_secret":
            continue
        try:
            keys.append(read_secret(text))
        except ValueError as error:
            hint = "make one with `tenure billing secret`"
            raise read.refuse(name, f"{error}; {hint}") from None
    return keys


def _answer(reply: Reply | NoReply) -> Answer:
    """What a reply means. Whatever does not say that it was done may still have been."""
    if isinstance(reply, NoReply):
        status = "unsure" if reply.was_asked else "not_taken"
        return Answer(status=status, message=reply.why)
    retry_after_s = _seconds(reply.headers.get("retry-after", ""))
    if reply.body is None:
        return Answer(status="unsure", message=f"HTTP {reply.status}: the answer is too long")
    if 300 <= reply.status < 400:
        return Answer(status="unsure", message=f"HTTP {reply.status}: redirects are not followed")
    if not 200 <= reply.status < 300:
        # 4xx and 503 come before anything is done; any other error may have come after.
        was_let_in = reply.status >= 500 and reply.status != 503
        return Answer(
            status="unsure" if was_let_in else "not_taken",
            message=_excerpt(reply),
            retry_after_s=retry_after_s,
        )
    try:
        return _said(reply.body)
    except ValueError as error:
        return Answer(status="unsure", message=f"{_excerpt(reply)[:200]}: {error}"[:500])


def _said(body: bytes) -> Answer:
    """The answer that a body holds. Raises ValueError that names what it lacks."""
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("the body is no JSON object")
    if b"\\u0000" in msgspec.json.encode(found):
        raise ValueError("the body holds a NUL character, which no database keeps")
    status = found.get("status")
    if status not in ("done", "refused", "pending"):
        raise ValueError(f"status: {status!r:.40} is none; answer done, refused or pending")
    texts = {name: str(found.get(name) or "")[:500] for name in ("reference", "message")}
    terms = found.get("terms")
    try:
        read = None if terms is None else msgspec.convert(terms, Terms)
    except msgspec.ValidationError as error:
        raise ValueError(f"terms: {error}") from None
    return Answer(
        status=status, terms=read, retry_after_s=_seconds(found.get("retry_after_s", "")), **texts
    )


def _seconds(stated: object) -> float:
    """Seconds that were asked for, within bounds; 0 for what is no number."""
    try:
        seconds = float(str(stated))
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_S_MAX) if seconds == seconds else 0.0


def _excerpt(reply: Reply) -> str:
    text = (reply.body or b"")[:300].decode("utf-8", "replace").replace("\0", "")
    return f"HTTP {reply.status} {' '.join(text.split())}".strip()
