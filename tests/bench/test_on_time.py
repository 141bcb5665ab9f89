"""The client of the bench asks when it is time: a slow answer makes nobody come later."""

import asyncio
import statistics
import time
from contextlib import asynccontextmanager

import pytest

from tenure.bench.on_time import Lines, by_chance, evenly, until

STALLS_S = 0.3


@asynccontextmanager
async def a_server(status: str = "200 OK", stalls: tuple[int, ...] = ()):
    """Answers each request; those with these numbers keep every later one waiting, too."""
    asked: list[float] = []
    one_at_a_time = asyncio.Lock()

    async def answer(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            asked.append(time.monotonic())
            number = len(asked)
            async with one_at_a_time:
                await asyncio.sleep(STALLS_S if number in stalls else 0)
            head = f"HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n"
            for part in (head.encode()[:20], head.encode()[20:] + body):
                writer.write(part)
                await writer.drain()

    async def connected(reader, writer):
        under_way.append(asyncio.current_task())
        try:
            await answer(reader, writer)
        except asyncio.IncompleteReadError:  # they hung up
            writer.close()
            await writer.wait_closed()

    under_way: list[asyncio.Task] = []
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        await asyncio.gather(*under_way)


def test_an_answer_is_read_whole_however_it_comes():
    async def asks():
        async with a_server() as (port, _):
            lines = Lines(port)
            found = [await lines.ask("POST /x", body) for body in (b"", b"a", b"b" * 100_000)]
            lines.close()
            return found

    assert asyncio.run(asks()) == [b"", b"a", b"b" * 100_000]


def test_any_answer_but_200_is_said():
    async def asks():
        async with a_server("503 Service Unavailable") as (port, _):
            lines = Lines(port)
            try:
                await lines.ask("POST /x", b"why")
            finally:
                lines.close()

    with pytest.raises(RuntimeError, match="POST /x was answered 503: b'why'") as said:
        asyncio.run(asks())
    assert said.value


def test_a_line_on_which_the_server_hung_up_is_not_asked_again():
    hung_up = asyncio.Event()

    async def answer_once(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    async def asks():
        server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
        lines, found = Lines(server.sockets[0].getsockname()[1]), []
        for _ in range(2):
            hung_up.clear()
            found.append(await asyncio.wait_for(lines.ask("GET /x"), 10))
            await hung_up.wait()
            await asyncio.sleep(0.05)  # until the client has seen it
        lines.close()
        server.close()
        return found

    assert asyncio.run(asks()) == [b"ok", b"ok"]


def test_what_comes_behind_a_slow_answer_was_due_all_the_same_and_its_wait_counts():
    waits: list[float] = []

    async def one(lines: Lines, due: float) -> None:
        await lines.ask("GET /x")
        waits.append(time.monotonic() - due)

    async def asks() -> list[float]:
        async with a_server(stalls=(5,)) as (port, asked):
            lines, begin = Lines(port), time.monotonic() + 0.05
            async with asyncio.TaskGroup() as under_way:
                for due in evenly(begin, begin + 0.4, per_s=50):
                    await until(due)
                    under_way.create_task(one(lines, due))
            lines.close()
            return asked

    asked = asyncio.run(asks())

    # All twenty were asked, though the fifth kept fifteen from being answered for 0.3 s.
    assert len(waits) == len(asked) == 20
    assert sum(wait > STALLS_S / 4 for wait in waits) >= 8, waits


def test_as_many_are_sent_as_the_rate_says_whatever_the_clock_shows():
    begins = [66_936.0 + number / 997 for number in range(1000)]

    assert {len(list(evenly(begin, begin + 0.4, per_s=50))) for begin in begins} == {20}


def test_who_comes_by_chance_comes_as_often_as_said_and_the_same_in_each_run():
    times = list(by_chance(0.0, 100.0, per_s=70))

    gaps = [after - before for before, after in zip(times, times[1:], strict=False)]
    # Of a Poisson process mean and deviation of the gaps are the same: 1/70.
    assert statistics.mean(gaps) == pytest.approx(1 / 70, rel=0.05)
    assert statistics.pstdev(gaps) == pytest.approx(1 / 70, rel=0.05)
    assert times == list(by_chance(0.0, 100.0, per_s=70))
