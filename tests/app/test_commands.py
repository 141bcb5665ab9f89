"""The command line: every command explains itself, and mistakes get an answer."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tenure.app.command_docs import command_docs
from tenure.app.command_summaries import SUMMARIES
from tenure.app.commands_table import COMMANDS
from tenure.base.errors import BadDefinition
from tenure.base.home import Home

ROOT = Path(__file__).parents[2]


def tenure(home, *words, stdout=subprocess.PIPE, **environment):
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(home), *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--time-zone", "Mars/Olympus"), "--time-zone: 'Mars/Olympus' is no time zone"),
        (("--time-zone", "Europe"), "--time-zone: 'Europe' is no time zone"),
        (("--currency", "euros"), "--currency: 'EUROS' is no currency"),
    ],
)
def test_init_refuses_a_company_that_no_figure_could_be_cut_for(tmp_path, words, said):
    result = tenure(tmp_path / "home", "init", *words)

    assert (result.returncode, said in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["100%25", "a[1]", "a^b", "a|b", "a\\b", "a\tb"])
def test_a_folder_whose_name_the_lake_cannot_take_is_refused(tmp_path, name):
    result = tenure(tmp_path / name, "init")

    assert result.returncode == 1
    assert "name another folder with --home" in result.stderr
    assert not (tmp_path / name).exists()


def test_a_file_cannot_be_an_installation(tmp_path):
    (tmp_path / "file").touch()

    assert "name another with --home" in tenure(tmp_path / "file", "init").stderr
    assert "there is no installation" in tenure(tmp_path / "file", "churn").stderr


@pytest.mark.parametrize(
    "words", [("churn",), ("findings",), ("keys", "list"), ("merge", "--list")]
)
def test_a_folder_named_amiss_is_not_taken_for_one_without_data(tmp_path, words):
    result = tenure(tmp_path / "nowhere", *words)

    assert result.returncode == 1
    assert "there is no installation" in result.stderr


def test_a_name_of_several_lines_can_be_read_again(tmp_path):
    tenure(tmp_path / "home", "init", "--name", 'Ada\n"&" \\ Co\x7f')

    assert Home(tmp_path / "home").company.name == 'Ada\n"&" \\ Co\x7f'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[company", "not TOML"),
        (b"\xff\xfe", "cannot be read"),
        (b"company = 3", "write it as a section"),
        (b"[company]\nzone = 'UTC'", "company.zone: there is no such setting"),
        (b"[company]\ncurrency = 3", "company.currency: 3 is no text"),
        (b"[company]\ncurrency = 'EURO'", "'EURO' is no currency"),
        (b"[company]\ntime_zone = '../../etc/passwd'", "is no time zone"),
    ],
)
def test_settings_that_cannot_be_read_are_said_with_their_place(tmp_path, text, said):
    (tmp_path / "tenure.toml").write_bytes(text)

    with pytest.raises(BadDefinition, match="tenure.toml") as refused:
        _ = Home(tmp_path).company
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://a:secret@b/c", "names no database of PostgreSQL"),
        ("postgresql://a:secret@b", "names no database of PostgreSQL"),
        ("postgresql://a:secret@b:port/c", "postgresql://user:password@host/name"),
        ("postgresql://a:secret@127.0.0.1:1/c", "the state cannot be used"),
    ],
)
def test_a_wrong_database_url_is_said_without_its_password(tmp_path, url, said):
    tenure(tmp_path, "init")

    result = tenure(tmp_path, "keys", "list", DATABASE_URL=url)

    assert (result.returncode, said in result.stderr) == (1, True), result.stderr
    assert "secret" not in result.stderr and "Traceback" not in result.stderr


def test_output_that_cannot_be_written_is_said(tmp_path):
    tenure(tmp_path, "init")

    with open("/dev/full", "w") as full:
        result = tenure(tmp_path, "rejects", "list", "--format", "csv", stdout=full)

    assert (result.returncode, result.stderr) == (
        1,
        "tenure: cannot write: No space left on device\n",
    )


def test_a_home_that_is_made_in_passing_says_so_and_how_it_counts(tmp_path):
    root = tmp_path / "mistyped"

    first = tenure(root, "findings")
    made = tenure(root, "import", str(tmp_path), "--map", str(_empty_map(tmp_path)))

    assert "no installation" in first.stderr
    assert f"Made an installation in {root}" in made.stderr
    assert "UTC" in (root / "tenure.toml").read_text()


def _empty_map(folder):
    """A map that names one small file, which is there."""
    (folder / "a.csv").write_text("id,name\n1,Ada\n")
    path = folder / "map.toml"
    path.write_text(
        'source = "crm"\ntime_zone = "UTC"\n\n[[file]]\nmatch = "a.csv"\nkind = "account"\n'
        '[file.columns]\naccount = "id"\nname = "name"\n'
    )
    return path


def test_findings_of_an_unknown_source_name_the_known_ones(tmp_path):
    tenure(tmp_path / "home", "init")

    result = tenure(tmp_path / "home", "findings", "--source", "nosuch")

    assert result.returncode == 1
    assert "nosuch" in result.stderr and "none yet" in result.stderr
