"""The command line: every command explains itself, and mistakes get an answer."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tenure.app.command_docs import command_docs
from tenure.app.command_summaries import SUMMARIES
from tenure.app.commands_table import COMMANDS

ROOT = Path(__file__).parents[2]


def tenure(home, *words):
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(home), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_summary_is_the_first_line_of_the_commands_own_help(name):
    module, _, attribute = COMMANDS[name].partition(":")

    command = getattr(import_module(module), attribute)

    assert command.help.splitlines()[0] == SUMMARIES[name]


def test_the_page_of_commands_is_what_the_commands_say():
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")

    assert page == command_docs(), "run: python -m tenure.app.command_docs > docs/commands.md"


def test_help_names_every_command_and_imports_none(tmp_path):
    code = (
        "import sys; from click.testing import CliRunner; from tenure.app.cli import main\n"
        "print(CliRunner().invoke(main, ['--help']).output)\n"
        "assert not {'django', 'duckdb', 'pyarrow'} & set(sys.modules), 'help imports too much'\n"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert all(name in result.stdout for name in COMMANDS)


def test_an_unknown_command_is_bad_usage(tmp_path):
    result = tenure(tmp_path, "chrun")

    assert result.returncode == 2
    assert "chrun" in result.stderr


def test_a_folder_without_an_installation_says_how_to_make_one(tmp_path):
    result = tenure(tmp_path / "nowhere", "refresh")

    assert result.returncode == 1
    assert "tenure init" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_init_twice_changes_nothing(tmp_path):
    first = tenure(tmp_path / "home", "init", "--name", 'Ada "&" Co', "--time-zone", "Asia/Taipei")
    secret = (tmp_path / "home" / "secret.key").read_text()
    second = tenure(tmp_path / "home", "init", "--name", "Other")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert (tmp_path / "home" / "secret.key").read_text() == secret
    assert 'Ada \\"&\\" Co' in (tmp_path / "home" / "tenure.toml").read_text()


def test_the_secret_is_for_the_owner_alone(tmp_path):
    tenure(tmp_path / "home", "init")

    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o077 == 0


def test_a_wrong_time_zone_is_said_with_its_file(tmp_path):
    tenure(tmp_path / "home", "init")
    (tmp_path / "home" / "tenure.toml").write_text('[company]\ntime_zone = "Mars/Olympus"\n')

    result = tenure(tmp_path / "home", "churn")

    assert result.returncode == 1
    assert "tenure.toml" in result.stderr and "Mars/Olympus" in result.stderr
