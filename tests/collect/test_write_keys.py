"""Who may write: keys made, revoked, and known to a running web process in time."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db.utils import OperationalError

from tenure.base.errors import Conflict, InvalidInput, NotFound, Unavailable
from tenure.collect.models import Source
from tenure.collect.write_keys import (
    CachedWriteKeys,
    create_write_key,
    load_active_keys,
    record_seen,
    revoke_write_key,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.mark.django_db
def test_a_key_writes_to_the_source_of_its_name():
    key = create_write_key("Web app", NOON)

    assert load_active_keys() == {key.key: "web-app"}
    assert (key.source.name, key.source.kind, key.source.created_at) == ("Web app", "api", NOON)


@pytest.mark.django_db
def test_a_source_may_have_two_keys_so_that_one_replaces_the_other_without_a_gap():
    old, new = create_write_key("web", NOON), create_write_key("web", LATER)

    revoke_write_key(old.key, LATER)

    assert old.key != new.key
    assert load_active_keys() == {new.key: "web"}
    assert Source.objects.count() == 1


@pytest.mark.django_db
def test_revoking_twice_keeps_the_first_time_and_an_unknown_key_is_said():
    key = create_write_key("web", NOON).key

    revoke_write_key(key, NOON)

    assert revoke_write_key(key, LATER).revoked_at == NOON
    with pytest.raises(NotFound, match="no write key nobody"):
        revoke_write_key("nobody", NOON)


@pytest.mark.django_db
def test_a_name_in_any_script_makes_one_source():
    first, second = create_write_key("网站", NOON), create_write_key("网站", NOON)
    other = create_write_key("應用", NOON)

    assert first.source == second.source != other.source
    assert first.source.name == "网站"
    with pytest.raises(InvalidInput):
        create_write_key("  ", NOON)


@pytest.mark.django_db
def test_a_key_never_writes_into_an_imports_source():
    Source.objects.create(slug="ravenstack", name="r", kind=Source.Kind.IMPORT, created_at=NOON)

    with pytest.raises(Conflict, match="source of an import"):
        create_write_key("Ravenstack", NOON)


@pytest.mark.django_db
def test_when_a_source_last_delivered_only_moves_forward():
    create_write_key("web", NOON)

    for at in (NOON, LATER, NOON):
        record_seen("web", at)

    assert Source.objects.get().last_seen_at == LATER


class State:
    """Keys in the state, as a thread of the web process reads them."""

    def __init__(self, **keys):
        self.keys = keys
        self.loads = 0
        self.seen = []
        self.fails = False
        self.may_load = threading.Event()
        self.may_load.set()

    def load(self):
        self.loads += 1
        self.may_load.wait(10)
        if self.fails:
            raise OperationalError("the state is away")
        return dict(self.keys)

    def record(self, source, at):
        self.seen.append((source, at))


def cached(state, now=lambda: 0.0, **more):
    return CachedWriteKeys(
        state.load, state.record, clock=lambda: NOON, monotonic=now, spacing_s=0.0, **more
    )


def test_a_known_key_costs_no_query():
    state = State(k1="web")
    keys = cached(state)

    async def ask():
        return [await keys.source_of("k1") for _ in range(100)]

    assert asyncio.run(ask()) == ["web"] * 100
    assert state.loads == 1


def test_a_key_made_a_moment_ago_works_at_once():
    state = State(k1="web")
    ticks = iter(range(1000))
    keys = cached(state, now=lambda: next(ticks) / 1000)

    async def ask():
        before = await keys.source_of("k2")
        state.keys["k2"] = "backend"
        return before, await keys.source_of("k2")

    assert asyncio.run(ask()) == (None, "backend")


def test_a_revoked_key_is_refused_after_the_refresh():
    state = State(k1="web")
    now = 0.0
    keys = cached(state, now=lambda: now, refresh_s=5.0)

    async def ask():
        nonlocal now
        first = await keys.source_of("k1")
        state.keys.clear()
        now = 6.0
        still = await keys.source_of("k1")  # answered from memory, while it is looked up anew
        await asyncio.sleep(0.05)
        return first, still, await keys.source_of("k1")

    assert asyncio.run(ask()) == ("web", "web", None)


def test_many_strangers_share_one_query():
    state = State(k1="web")
    keys = cached(state)

    async def ask():
        return await asyncio.gather(*(keys.source_of(f"stranger-{n}") for n in range(200)))

    assert asyncio.run(ask()) == [None] * 200
    assert state.loads == 1


def test_while_the_state_is_away_known_keys_go_on_and_unknown_ones_are_told_to_come_again():
    state = State(k1="web")
    now = 0.0
    keys = cached(state, now=lambda: now)

    async def ask():
        nonlocal now
        await keys.source_of("k1")
        state.fails = True
        now = 60.0
        known = await keys.source_of("k1")
        with pytest.raises(Unavailable, match="again"):
            await keys.source_of("k2")
        state.fails = False
        now = 61.0
        return known, await keys.source_of("k1"), await keys.source_of("k2")

    assert asyncio.run(ask()) == ("web", "web", None)


def test_a_client_that_hangs_up_does_not_stop_the_lookup_for_others():
    state = State(k1="web")
    state.may_load.clear()
    keys = cached(state)

    async def ask():
        gone = asyncio.create_task(keys.source_of("k1"))
        stays = asyncio.create_task(keys.source_of("k1"))
        await asyncio.sleep(0.02)
        gone.cancel()
        await asyncio.sleep(0.02)
        state.may_load.set()
        return await stays

    assert asyncio.run(ask()) == "web"


def test_which_source_delivered_is_noted_a_moment_later_even_if_it_never_comes_again():
    state = State(k1="web", k2="backend")
    keys = cached(state, record_every_s=0.05)

    async def ask():
        for _ in range(3):
            await keys.source_of("k1")
        before = list(state.seen)
        await asyncio.sleep(0.3)
        return before

    assert asyncio.run(ask()) == []
    assert state.seen == [("web", NOON)]


@pytest.mark.django_db(transaction=True)
def test_the_states_own_keys_are_found_from_the_thread_that_looks_them_up():
    key = create_write_key("web", NOON).key
    keys = CachedWriteKeys(clock=lambda: NOON, spacing_s=0.0, record_every_s=0.05)

    async def ask():
        found = await keys.source_of(key), await keys.source_of("nobody")
        await asyncio.sleep(0.3)
        return found

    assert asyncio.run(ask()) == ("web", None)
    assert Source.objects.get().last_seen_at == NOON
