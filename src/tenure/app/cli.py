"""The `tenure` command. Data goes to stdout, words about it to stderr."""

import os
import sys
from importlib import import_module
from typing import Any

import click

from tenure.app.commands_table import COMMANDS
from tenure.base.errors import BadUsage, TenureError

EXIT_FAILED, EXIT_USAGE = 1, 2


class LazyGroup(click.Group):
    """Imports a command's module when it is called, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        prepare_django()
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        return getattr(import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from tenure.app.command_summaries import SUMMARIES

        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES[name]) for name in COMMANDS])

    def invoke(self, ctx: click.Context) -> Any:
        """Turn our errors into a sentence and an exit code; everything else is a bug and shows."""
        try:
            return super().invoke(ctx)
        except TenureError as error:
            click.echo(f"tenure: {error.message}", err=True)
            sys.exit(EXIT_USAGE if isinstance(error, BadUsage) else EXIT_FAILED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(EXIT_FAILED)


def prepare_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.app.settings")
    django.setup()


@click.group(cls=LazyGroup)
@click.option(
    "--home",
    type=click.Path(),
    is_eager=True,  # before any command is looked up, because settings are read once
    expose_value=False,
    callback=lambda _context, _option, home: home and os.environ.update(TENURE_HOME=home),
    help="The installation folder (TENURE_HOME).",
)
@click.version_option(package_name="tenure")
def main() -> None:
    """Shows a subscription business why its customers leave, and proves what kept them."""
