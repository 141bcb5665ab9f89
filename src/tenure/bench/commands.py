"""`tenure bench`: the budget table, measured here and now."""

import sys
import tempfile
from pathlib import Path

import click
import msgspec

from tenure.base.clock import system_clock
from tenure.bench.rows import Row, render

PARTS = (
    "starting", "ingest", "ledger", "cards", "messages", "segments", "signals", "cancel", "plays",
    "replays",
)  # fmt: skip


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure only these parts.")
@click.option("--quick", is_flag=True, help="A tenth of the load: a look, not a measurement.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table")
def bench(only: tuple[str, ...], quick: bool, output: str) -> None:
    """Measure Tenure against the limits of this machine."""
    rows: list[Row] = []
    for part in only or PARTS:
        click.echo(f"Measuring {part} ...", err=True)
        with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
            rows += _measure(part, Path(folder) / "home", 0.1 if quick else 1.0)
    if output == "json":
        sys.stdout.write(msgspec.json.encode([row.as_dict() for row in rows]).decode() + "\n")
    else:
        click.echo(render(rows))


def _measure(part: str, root: Path, scale: float) -> list[Row]:
    if part == "starting":
        from tenure.bench.starting import measure_starting

        return measure_starting(root)
    if part == "ingest":
        from tenure.bench.ingest import KNOWN_IDS, measure_ingest

        bodies, known_ids = int(6_000 * scale), int(KNOWN_IDS * scale)
        return measure_ingest(root, system_clock, bodies=bodies, known_ids=known_ids)
    if part == "messages":
        from tenure.bench.messages import measure_messages

        return measure_messages(root, mails=int(4_000 * scale))
    if part == "segments":
        from tenure.bench.segments import measure_segments

        accounts, events = int(100_000 * scale), int(10_000_000 * scale)
        return measure_segments(root, accounts=accounts, events=events)
    if part == "signals":
        from tenure.bench.signals import measure_signals

        accounts, batches = int(100_000 * scale), max(2, int(20 * scale))
        return measure_signals(root, seconds=60 * scale, accounts=accounts, batches=batches)
    if part == "cancel":
        from tenure.bench.cancel import measure_cancel

        return measure_cancel(root, seconds=60 * scale, accounts=int(6_000 * scale))
    if part == "plays":
        from tenure.bench.enrolling import measure_enrolling

        return measure_enrolling(root, people=int(1_000_000 * scale))
    if part == "replays":
        from tenure.bench.replays import YEAR_DAYS, measure_replays

        return measure_replays(root, days=int(YEAR_DAYS * scale))
    if part == "cards":
        from tenure.bench.cards import measure_cards

        accounts, events = int(100_000 * scale), int(10_000_000 * scale)
        return measure_cards(root, accounts=accounts, events=events)
    from tenure.bench.ledger import measure_ledger

    return measure_ledger(root, accounts=int(100_000 * scale), months=60)
