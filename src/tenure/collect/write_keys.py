"""Keys that let clients write: made, revoked, and known to the web process without a query."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connections, transaction
from django.db.utils import Error as DatabaseError
from django.utils.text import slugify

from tenure.base.clock import Clock, system_clock
from tenure.base.errors import Conflict, InvalidInput, NotFound, Unavailable
from tenure.base.ids import digest, fresh_id
from tenure.collect.models import Source, WriteKey

SLUG_CHARS = 64
RECORD_EVERY_S = 10.0


def create_write_key(name: str, now: datetime) -> WriteKey:
    """A new key for the source of this name, which is made when there is none.

    A source may have several keys at a time, so that one can replace another without a gap.
    Raises Conflict when the source belongs to an import, and InvalidInput for an empty name.
    """
    slug = slugify(name, allow_unicode=False)[:SLUG_CHARS].strip("-_") or _slug_of_unwritable(name)
    with transaction.atomic():
        source, _ = Source.objects.get_or_create(
            slug=slug,
            defaults={"name": name.strip()[:200], "kind": Source.Kind.API, "created_at": now},
        )
        if source.kind != Source.Kind.API:
            raise Conflict(f"{slug} is the source of an import; choose another name", field="name")
        return WriteKey.objects.create(key=fresh_id("wk", 24), source=source, created_at=now)


def revoke_write_key(key: str, now: datetime) -> WriteKey:
    """The key, refused from now on; web processes hear of it within a few seconds.

    Revoking twice keeps the first time. Raises NotFound.
    """
    with transaction.atomic():
        found = WriteKey.objects.select_for_update(of=("self",)).filter(key=key).first()
        if found is None:
            raise NotFound(f"there is no write key {key}; `tenure keys list` names them")
        if found.revoked_at is None:
            found.revoked_at = now
            found.save(update_fields=["revoked_at"])
    return found


def record_seen(source: str, at: datetime) -> None:
    """Note that a source delivered; an earlier time than the noted one changes nothing."""
    Source.objects.filter(slug=source).exclude(last_seen_at__gte=at).update(last_seen_at=at)


def load_active_keys() -> dict[str, str]:
    """The source's slug of every key that is not revoked."""
    active = WriteKey.objects.filter(revoked_at=None)
    return dict(active.values_list("key", "source__slug"))


class CachedWriteKeys:
    """Sources by write key, from memory; the state is read now and then, in a thread.

    A key that is not in memory is looked for anew, so a fresh one works at once: its client would
    never try again after a 401. Lookups are spaced, so strangers with wrong keys cost little.
    While the state cannot be read, the keys known so far go on working. Which sources delivered,
    and when, is noted in the state a moment later, at most once in `record_every_s`.
    """

    def __init__(
        self,
        load: Callable[[], dict[str, str]] = load_active_keys,
        record: Callable[[str, datetime], None] = record_seen,
        *,
        clock: Clock = system_clock,
        refresh_s: float = 5.0,
        spacing_s: float = 0.1,
        record_every_s: float = RECORD_EVERY_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._record = record
        self._clock = clock
        self._refresh_s = refresh_s
        self._spacing_s = spacing_s
        self._monotonic = monotonic
        self._sources: dict[str, str] = {}
        self._started_at: float | None = None  # of the last load that came to an end
        self._attempted_at: float | None = None
        self._loading: asyncio.Task[None] | None = None
        self._seen: dict[str, datetime] = {}
        self._record_every_s = record_every_s
        self._recording: asyncio.TimerHandle | None = None
        # A thread of its own: Django's connections belong to threads.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write-keys")

    async def source_of(self, key: str) -> str | None:
        """The source that this key writes to; None when it is unknown or revoked.

        Raises Unavailable when the key is not in memory and the state cannot be read.
        """
        asked_at = self._monotonic()
        source = self._sources.get(key)
        if source is not None:
            self._note(source)
            last = self._attempted_at
            if last is not None and asked_at - last > self._refresh_s and self._loading is None:
                self._begin()
            return source
        while self._started_at is None or self._started_at < asked_at:
            loading = self._loading or self._begin()
            # One client that goes away must not stop the lookup for the others.
            await asyncio.shield(loading)
        source = self._sources.get(key)
        if source is not None:
            self._note(source)
        return source

    def _note(self, source: str) -> None:
        """Remember that a source delivered, and say so to the state once in a while."""
        self._seen[source] = self._clock()
        if self._recording is None:
            loop = asyncio.get_running_loop()
            self._recording = loop.call_later(self._record_every_s, self._record_seen, loop)

    def _record_seen(self, loop: asyncio.AbstractEventLoop) -> None:
        self._recording = None
        seen, self._seen = self._seen, {}
        loop.run_in_executor(self._thread, self._record_closing, seen)

    def _begin(self) -> "asyncio.Task[None]":
        self._loading = asyncio.get_running_loop().create_task(self._refresh())
        self._loading.add_done_callback(self._ended)
        return self._loading

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._loading = None
        if not task.cancelled():
            task.exception()  # whoever waited has heard of it; nobody may have waited

    async def _refresh(self) -> None:
        if self._attempted_at is not None:
            await asyncio.sleep(self._attempted_at + self._spacing_s - self._monotonic())
        started_at = self._attempted_at = self._monotonic()
        loop = asyncio.get_running_loop()
        try:
            self._sources = await loop.run_in_executor(self._thread, self._load_closing)
        except DatabaseError as error:
            raise Unavailable(
                f"write keys cannot be looked up ({error}); send it again in a few seconds"
            ) from error
        self._started_at = started_at

    def _load_closing(self) -> dict[str, str]:
        try:
            return self._load()
        finally:
            connections.close_all()  # of this thread

    def _record_closing(self, seen: dict[str, datetime]) -> None:
        try:
            for source, at in seen.items():
                self._record(source, at)
        except DatabaseError:
            pass  # it is said again with the next delivery
        finally:
            connections.close_all()


def _slug_of_unwritable(name: str) -> str:
    """A slug for a name without Latin letters, such as 网站."""
    if not name.strip():
        raise InvalidInput("the source has no name; give it one such as Web app", field="name")
    return f"source-{digest(name.strip())[:8]}"
