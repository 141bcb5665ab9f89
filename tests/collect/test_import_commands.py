"""`tenure import`, `tenure findings` and `tenure rejects export`, as they are typed."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from import_world import ImportWorld
from tenure.base.errors import BadDefinition, BadUsage
from tenure.collect.commands import findings, import_files, rejects
from tenure.collect.files.kinds import KINDS
from tenure.collect.files.map_file import read_map
from tenure.collect.quality_codes import SEVERITIES

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]

MAP = """
source = "shop"
time_zone = "UTC"
[[file]]
match = "use.csv"
kind = "event"
columns = { account = "who", name = { value = "Opened" }, occurred_at = "day" }
[[file]]
match = "accounts.csv"
kind = "account"
columns = { account = "id", created_at = "since" }
"""


@pytest.fixture
def world(home, tmp_path, settings) -> ImportWorld:
    settings.TENURE_PIPELINE = "import_world.ship_everything"
    settings.TENURE_PREPARATION = "import_world.prepare_nothing"
    world = ImportWorld(home, tmp_path / "files")
    world.write("use.csv", "who,day\na,2023-01-01\na,never")
    world.write("accounts.csv", "id,since\na,2024-01-01")
    world.write("map.toml", MAP)
    return world


def typed(command, *words: object):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


def test_an_import_prints_counts_as_data_and_the_rest_as_words(world):
    done = typed(import_files, world.folder, "--map", world.folder / "map.toml", "--format", "json")

    assert done.exit_code == 0
    assert [(row["file"], row["new"], row["rejected"]) for row in json.loads(done.stdout)] == [
        ("accounts.csv", 1, 0),
        ("use.csv", 1, 1),
    ]
    assert "map.toml: passed over, no entry of map.toml reads it" in done.stderr
    assert "3 rows read: 2 new, 0 corrected, 0 known already, 0 repeated, 1 rejected" in done.stderr
    assert "1 (100%)  Use of the product before its account or person signed up" in done.stderr


def test_an_import_warns_when_its_days_are_not_those_of_the_company(world):
    elsewhere = world.write("berlin.toml", MAP.replace("UTC", "Europe/Berlin"))

    same = typed(import_files, world.folder, "--map", world.folder / "map.toml")
    other = typed(import_files, world.folder, "--map", elsewhere)

    assert "the first of a month may count in another" not in same.stderr
    assert "days are those of Europe/Berlin, and months are cut in UTC" in other.stderr


def test_findings_are_listed_with_their_examples(world):
    typed(import_files, world.folder, "--map", world.folder / "map.toml")

    (finding,) = json.loads(typed(findings, "--format", "json").stdout)

    assert (finding["code"], finding["count"], finding["share"]) == ("use_before_sign_up", 1, 1.0)
    assert finding["examples"][0]["source_ref"] == "use.csv:2"
    assert "use_before_sign_up" in typed(findings).stdout
    assert json.loads(typed(findings, "--source", "shop", "--format", "json").stdout) == [finding]


def test_rejected_rows_go_out_mended_and_come_back(world, tmp_path):
    done = typed(import_files, world.folder, "--map", world.folder / "map.toml")
    (run_id,) = set(re.findall(r"imp_\w+", done.stderr))
    out = typed(rejects, "export", "--import", run_id)
    (row,) = csv.DictReader(io.StringIO(out.stdout))
    assert (row["tenure_file"], row["tenure_line"], row["day"]) == ("use.csv", "3", "never")
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(out.stdout.replace(",never", ",2024-05-05"))

    back = typed(import_files, fixed, "--map", world.folder / "map.toml", "--format", "csv")

    assert "use.csv,event,1,1,0,0,0,0" in back.stdout
    assert typed(rejects, "export").stderr.startswith("0 rows.")


def test_what_is_typed_wrongly_is_told_apart_from_a_wrong_map(world):
    with pytest.raises(BadUsage):
        typed(import_files, world.folder / "gone", "--map", world.folder / "map.toml")
    with pytest.raises(BadDefinition, match="there is no such map"):
        typed(import_files, world.folder, "--map", world.folder / "gone.toml")


def test_the_page_about_imports_names_every_field_and_finding_and_its_map_is_one():
    page = (ROOT / "docs" / "import.md").read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)

    assert read_map(example[1], "map.toml").files[0].kind.name == "subscription"
    for kind in KINDS.values():
        for field in kind.fields:
            assert re.search(rf"\b{field}\b", page), f"docs/import.md: {kind.name}.{field}"
    for code in SEVERITIES:
        assert f"`{code}`" in page


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/map.toml")), ids=str)
def test_every_example_is_a_map(path):
    assert read_map(path.read_text("utf-8"), path.name, currency="USD").files


def test_ids_that_name_nobody_are_listed_with_what_to_send_instead(world, settings):
    settings.TENURE_PIPELINE = "tenure.app.worker.run_once"
    world.write("accounts.csv", "id,since\na,2022-01-01\nnull,2022-01-01")
    typed(import_files, world.folder, "--map", world.folder / "map.toml")

    (finding,) = json.loads(typed(findings, "--format", "json").stdout)

    assert (finding["code"], finding["count"]) == ("blocked_id", 1)
    assert "'null'" in finding["examples"][0]
    assert "Send the real id" in finding["explanation"]
    assert "blocked_id" in typed(findings).stdout
