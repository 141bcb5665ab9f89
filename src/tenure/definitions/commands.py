"""`tenure plan`, `tenure apply`, `tenure pull`: definitions as files."""

import difflib
import getpass
from pathlib import Path

import click

from tenure.base.clock import system_clock
from tenure.definitions import files
from tenure.definitions.files import Change

_FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.command()
@_FOLDER
def plan(folder: Path) -> None:
    """Show what applying the definitions in FOLDER would change."""
    for change in files.plan(folder):
        _say(change)
        if change.what == "changed":
            lines = difflib.unified_diff(
                change.before.splitlines(), change.text.splitlines(), "in force", change.where,
                lineterm="",
            )  # fmt: skip
            for line in lines:
                click.echo(line)
    _say_passed_over(folder)


@click.command()
@_FOLDER
def apply(folder: Path) -> None:
    """Put the definitions in FOLDER in force: all of them, or none when one is refused."""
    for change in files.apply(folder, now=system_clock(), by=getpass.getuser()):
        _say(change)
    _say_passed_over(folder)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def pull(folder: Path) -> None:
    """Write the definitions that are in force to FOLDER, as files."""
    for path in files.pull(folder):
        click.echo(str(path))


def _say(change: Change) -> None:
    click.echo(f"{change.what:8} {change.where}")
    for warning in change.warnings:
        click.echo(f"         {warning}", err=True)


def _say_passed_over(folder: Path) -> None:
    for path in files.passed_over(folder):
        click.echo(f"{path}: passed over; definitions are {files.places()}", err=True)
