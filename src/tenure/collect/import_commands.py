"""`tenure import`: a file or a folder, read as a map says."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from django.conf import settings
from django.utils.module_loading import import_string

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.collect.files.import_run import Importer, Pipeline, import_files
from tenure.collect.files.map_file import load_map
from tenure.collect.files_models import ImportRun, QualityFinding
from tenure.collect.quality import find_contradictions
from tenure.kit.output import FORMATS, print_rows
from tenure.lake.inbox import open_inbox

COLUMNS = ("file", "kind", "read", "new", "corrected", "unchanged", "repeated", "rejected")


class TerminalTeller:
    """Bars and sentences on standard error."""

    def __init__(self) -> None:
        self._bar: object = None

    def begin(self, what: str, length: int) -> None:
        self._bar = click.progressbar(length=max(length, 1), label=what, file=sys.stderr)
        self._bar.__enter__()

    def advance(self, by: int) -> None:
        self._bar.update(by)

    def end(self) -> None:
        self._bar.finish()
        self._bar.__exit__(None, None, None)

    def say(self, sentence: str) -> None:
        click.echo(sentence, err=True)


@click.command(name="import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--map", "map_path", required=True, type=click.Path(path_type=Path),
    help="The map that says what the files hold; docs/import.md describes it.",
)  # fmt: skip
@click.option(
    "--restate", is_flag=True,
    help="The files were read wrongly before: date corrections back to what they correct.",
)  # fmt: skip
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print the counts.",
)  # fmt: skip
def import_command(path: Path, map_path: Path, restate: bool, fmt: str) -> None:
    """Load a file or a folder in any layout, as a map describes it."""
    home: Home = settings.TENURE_HOME
    import_map = load_map(map_path, currency=home.company.currency)
    import_string(settings.TENURE_PREPARATION)(home)
    pipeline: Pipeline = import_string(settings.TENURE_PIPELINE)
    teller = TerminalTeller()
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        importer = Importer(
            home,
            inbox,
            pipeline,
            system_clock(),
            teller,
            is_restated=restate,
            lookup_folders=_earlier_folders(import_map.source, map_path),
            clock=system_clock,
        )
        run = import_files(importer, path, import_map)
    finally:
        inbox.close()
    findings = find_contradictions(home, run.source, import_map.time_zone, system_clock())
    print_rows(run.counts, COLUMNS, fmt)
    tell_outcome(run, findings, teller.say)
    if import_map.time_zone != home.company.time_zone:
        teller.say(
            f"Its days are those of {import_map.time_zone}, and months are cut in "
            f"{home.company.time_zone} (tenure.toml): the first of a month may count in another."
        )


def _earlier_folders(source: str, map_path: Path) -> tuple[Path, ...]:
    """Where a look-up may stand when it is not beside the file: earlier imports, then the map."""
    runs = ImportRun.objects.filter(source=source).order_by("-started_at")[:10]
    paths = [Path(run.path) for run in runs]
    folders = [path if path.is_dir() else path.parent for path in paths]
    return tuple(dict.fromkeys([*folders, map_path.resolve().parent]))


def tell_outcome(
    run: ImportRun, findings: list[QualityFinding], say: Callable[[str], None]
) -> None:
    """Say in a few lines what the import did, and where to look next."""
    say(
        f"{run.source}: {run.rows_read:,} rows read: {run.rows_new:,} new, "
        f"{run.rows_corrected:,} corrected, {run.rows_unchanged:,} known already, "
        f"{run.rows_repeated:,} repeated, {run.rows_rejected:,} rejected."
    )
    if run.rows_rejected:
        say(f"Rejected rows and what would mend them: tenure rejects list --import {run.id}")
    if findings:
        say("The data contradicts itself (tenure findings shows where):")
        for finding in findings[:5]:
            say(f"  {finding.count:,}{_percent(finding.share)}  {finding.sentence}")
        if len(findings) > 5:
            say(f"  and {len(findings) - 5} more")


def _percent(share: float | None) -> str:
    if share is None:
        return ""
    return " (under 1%)" if share < 0.01 else f" ({share:.0%})"
