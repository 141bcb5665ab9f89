"""`docs/commands.md`, written from the commands themselves.

python -m tenure.app.command_docs > docs/commands.md
"""

import sys

import click

from tenure.app.cli import main
from tenure.app.commands_table import COMMANDS

HEAD = """\
# Commands

Data goes to stdout (`--format`), words about it to stderr. Months and dates of a range are
inclusive. Exit 0: done; 1: it failed, and stderr says why; 2: it was called wrongly.
`--home FOLDER` or `TENURE_HOME` names the installation.

This page is written by `python -m tenure.app.command_docs`; a test compares the two.
"""


def command_docs() -> str:
    """The whole page: one section a command, with its help as the terminal shows it."""
    context = click.Context(main, info_name="tenure")
    return "\n".join([HEAD, *(_section(name, context) for name in COMMANDS)])


def _section(name: str, parent: click.Context) -> str:
    command = main.get_command(parent, name)
    assert command is not None
    with click.Context(command, info_name=name, parent=parent, max_content_width=90) as context:
        lines = [
            f"## `tenure {name}`",
            "",
            "```text",
            command.get_help(context).rstrip(),
            "```",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(command_docs())
