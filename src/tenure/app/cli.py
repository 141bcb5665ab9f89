"""The `tenure` command. Data goes to stdout, words about it to stderr."""

import errno
import os
import sys
from importlib import import_module
from typing import Any

import click

from tenure.app.commands_table import COMMANDS
from tenure.base.errors import BadUsage, TenureError

EXIT_FAILED, EXIT_USAGE = 1, 2
# These make their home, or look at what is wrong with it.
WITHOUT_HOME = {"demo", "init", "serve", "web", "work", "import", "doctor", "bench"}
# What the operator can mend, unlike other errors of the system.
MENDABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name not in WITHOUT_HOME and "--help" not in rest:
            _require_home()
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Turn our errors into a sentence and an exit code; everything else is a bug and shows."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # while a full disk can still be told from a bug
            return result
        except TenureError as error:
            click.echo(f"tenure: {error.message}", err=True)
            sys.exit(EXIT_USAGE if isinstance(error, BadUsage) else EXIT_FAILED)
        except BrokenPipeError:
            _forget_output()
            sys.exit(EXIT_FAILED)
        except OSError as error:
            if error.errno not in MENDABLE:
                raise
            where = f" {error.filename}" if error.filename else ""
            click.echo(f"tenure: cannot write{where}: {error.strerror}", err=True)
            _forget_output()
            sys.exit(EXIT_FAILED)
        except Exception as error:
            sentence = _about_the_state(error)
            if sentence is None:
                raise
            click.echo(f"tenure: {sentence}", err=True)
            sys.exit(EXIT_FAILED)


def _require_home() -> None:
    from django.conf import settings

    from tenure.app.installation import require_home

    require_home(settings.TENURE_HOME)


def _about_the_state(error: Exception) -> str | None:
    """What to do when the database of the state cannot be used; None for any other error."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import OperationalError

    if not isinstance(error, OperationalError | ImproperlyConfigured):
        return None
    why = " ".join(str(error).split())
    return f"the state cannot be used ({why}); see what `tenure doctor` says, and DATABASE_URL"


def _forget_output() -> None:
    """What is still buffered cannot be written either, and would be tried again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
