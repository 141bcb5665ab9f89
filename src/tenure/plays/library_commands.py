"""`tenure plays library`, `add`, `lint` and `win-back`: the plays that Tenure comes with."""

import getpass
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
from django.conf import settings
from django.db import transaction

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput
from tenure.card.product import product
from tenure.definitions.folder_text import pack
from tenure.definitions.kinds import file_of
from tenure.definitions.store import all_current, current, put_in_force
from tenure.kit.output import FORMATS, print_rows
from tenure.plays.file import KIND, MAIN, read_play
from tenure.plays.in_force import findings_of, names_of_then, play_named
from tenure.plays.library import Shipped, files_of, is_of_product, made_for, marks_of, shipped
from tenure.plays.lost_links import lost_links
from tenure.plays.mail_reading import mails_in
from tenure.plays.switching import is_switched_on, running_named
from tenure.plays.winning_back import win_back
from tenure.reasons.fixes_recorded import fix_of

_FORMAT = click.option("--format", "fmt", type=click.Choice(FORMATS), default="table")
_COLUMNS = ("play", "title", "over", "entry", "purpose", "mails", "fill_in", "in_force")


@click.command("library")
@_FORMAT
def library(fmt: str) -> None:
    """The plays that Tenure comes with, and what each wants filled in."""
    held = {each.name for each in all_current(KIND)}
    rows = []
    for name in shipped():
        texts = files_of(name)
        play = read_play(texts, f"plays/{name}", names_of_then())
        marks = marks_of(texts)
        rows.append(
            {
                "play": name,
                "title": play.title,
                "over": play.over,
                "entry": play.entry.kind,
                "purpose": play.purpose,
                "mails": len(mails_in(play)),
                "fill_in": ", ".join(mark for mark in marks if not is_of_product(mark)),
                "in_force": name in held,
            }
        )
    print_rows(rows, _COLUMNS, fmt)


@click.command("add")
@click.argument("name")
@click.option("--set", "said", multiple=True, metavar="MARK=WORDS", help="Fill in a mark.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files there, to change them before `tenure apply`; nothing is put in force.",
)
def add(name: str, said: tuple[str, ...], folder: Path | None) -> None:
    """Copy NAME from the library, with the names of your product. It is off until switched on."""
    play = made_for(name, product(), _said(said))
    if folder is not None:
        for path in write_files(play, folder):
            click.echo(str(path))
        return
    put_play_in_force(play, system_clock(), getpass.getuser())
    for lost in lost_links(play_named(name)):
        click.echo(f"before it is switched on: {lost}", err=True)
    click.echo(
        f"{name} is added and off; next: tenure replay {name}, tenure plays on {name}", err=True
    )


@click.command("lint")
@click.argument("name", required=False)
def lint(name: str | None) -> None:
    """Say what the messages of NAME, or of all plays in force, should not say."""
    held = [each for each in all_current(KIND) if name in (None, each.name)]
    if name is not None and not held:
        raise InvalidInput(f"there is no play {name!r} in force", field="name")
    found = 0
    for each in held:
        where = file_of(KIND, each.name)
        for finding in findings_of(each.text, where):
            click.echo(finding.sentence(where))
            found += 1
    if found:
        raise InvalidInput(f"{found} to mend")
    click.echo(f"nothing to mend in {len(held)} plays", err=True)


@click.command("win-back")
@click.argument("fix_key", metavar="FIX")
@click.option("--play", "name", default="win_back_mended", show_default=True)
def win_back_for(fix_key: str, name: str) -> None:
    """Bring who left for what FIX has mended into a play, which is to be on."""
    play, fix, now = running_named(name), fix_of(fix_key), system_clock()
    if not is_switched_on(name):
        raise Conflict(f"{name} is off; look at it, and switch it on: tenure plays on {name}")
    found = win_back(settings.TENURE_HOME, play, fix, now)
    click.echo(
        f"{found.left} left for it: {found.entered} came in, {found.not_mended} for whom it is not "
        f"mended, {found.said_no} who said no"
    )


@transaction.atomic
def put_play_in_force(play: Shipped, now: datetime, by: str) -> None:
    """The play and the segment that it begins with hold from now on.

    Raises Conflict where another play or segment of that name holds, and BadDefinition.
    """
    texts = {KIND: pack(play.files, MAIN, file_of(KIND, play.name)), "segment": play.segment}
    for kind in ("segment", KIND):
        held = current(kind, play.name)
        if texts[kind] and held is not None and held.text != texts[kind]:
            raise Conflict(
                f"{file_of(kind, play.name)}: there is one already, and it differs; write the "
                "library's to a folder beside it: tenure plays add "
                f"{play.name} --folder FOLDER"
            )
        if texts[kind]:
            put_in_force(kind, play.name, texts[kind], now=now, by=by)


def write_files(play: Shipped, folder: Path) -> Iterable[Path]:
    """The files that were written. Raises Conflict, before any is, for one that is there."""
    texts = {folder / file_of(KIND, play.name) / file: text for file, text in play.files.items()}
    if play.segment:
        texts[folder / file_of("segment", play.name)] = play.segment
    for path, text in texts.items():
        if path.exists() and path.read_text("utf-8") != text:
            raise Conflict(f"{path}: there is one already, and it differs; move it away first")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return texts


def _said(said: Iterable[str]) -> dict[str, str]:
    found = {}
    for each in said:
        mark, is_said, words = each.partition("=")
        if not is_said or not words.strip():
            raise InvalidInput(f'{each!r} fills in nothing; write webinar.title="…"', field="set")
        found[mark.strip()] = words.strip()
    return found
