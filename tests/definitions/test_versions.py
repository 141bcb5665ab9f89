"""One text of a kind is in force, every one that ever was can be read, and files say the same."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import IntegrityError

from import_world import ship_everything
from tenure.base.errors import BadDefinition, Conflict, NotFound
from tenure.definitions import commands, files
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import (
    all_current,
    current,
    put_in_force,
    version,
    versions,
    withdraw,
)
from tenure.kit.sql_file import load
from tenure.lake.reading import reading

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
A, B = '[product]\nname = "A"\n', '[product]\nname = "B"\n'


def check_note(text: str, where: str) -> list[str]:
    """A kind of these tests alone: any text but `bad`; `odd` is accepted with a warning."""
    if "bad" in text:
        raise BadDefinition(f"{where}: this is bad; write something good")
    return [f"{where}: this is odd"] if "odd" in text else []


@pytest.fixture(autouse=True)
def kinds(home, settings):
    settings.TENURE_DEFINITION_KINDS = {
        "product": "tenure.card.product:check_product",
        "note": "definitions.test_versions:check_note",
    }


def put(text: str, minutes: int = 0, name: str = "", kind: str = "product"):
    return put_in_force(kind, name, text, now=NOW + timedelta(minutes=minutes), by="ada")


def test_a_new_text_takes_the_place_of_the_old_one_and_both_can_be_read():
    first, second = put(A), put(B, 1)

    assert current("product") == second
    assert [each.text for each in versions("product")] == [B, A]
    assert version(first.digest).text == A
    assert (first.where, first.applied_by, first.applied_at) == ("product.toml", "ada", NOW)


def test_who_wrote_over_another_version_than_the_one_that_holds_is_told():
    first = put(A)
    put(B, 1)

    with pytest.raises(Conflict, match="another version holds by now"):
        put_in_force("product", "", A, now=NOW, by="bob", in_place_of=first.digest)
    with pytest.raises(Conflict):
        put_in_force("product", "", A, now=NOW, by="bob", in_place_of="")
    assert current("product").text == B

    over = current("product").digest
    put_in_force("product", "", A, now=NOW, by="bob", in_place_of=over)
    assert current("product").text == A


def test_the_same_text_again_changes_nothing():
    first = put(A)

    assert put(A, 5) == first
    assert len(versions("product")) == 1


def test_an_earlier_text_is_restored_under_the_same_digest():
    first = put(A)
    put(B, 1)
    third = put(A, 2)

    assert third.digest == first.digest
    assert [each.text for each in versions("product")] == [A, B, A]
    assert version(first.digest).applied_at == NOW + timedelta(minutes=2)


def test_a_text_that_is_refused_is_never_in_force():
    put(A)

    with pytest.raises(BadDefinition, match="product.toml: feature: write each one as"):
        put("feature = 1", 1)

    assert current("product").text == A


def test_what_is_withdrawn_is_in_force_no_more_and_stays_readable():
    held = put(A)
    withdraw("product", now=NOW, name="")

    assert current("product") is None
    assert version(held.digest).text == A
    with pytest.raises(NotFound):
        withdraw("product", name="", now=NOW)
    with pytest.raises(NotFound):
        version("nothing")


def test_the_database_itself_allows_one_in_force():
    put(A)

    with pytest.raises(IntegrityError):
        DefinitionVersion.objects.create(
            kind="product", digest="x", text=B, applied_at=NOW, applied_by="someone else"
        )


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "Über", ".hidden", "x" * 99])
def test_a_name_that_could_not_be_a_file_is_refused(name):
    with pytest.raises(BadDefinition, match="is no name for a file"):
        put("fine", name=name, kind="note")


def test_there_is_one_product_and_it_has_no_name():
    with pytest.raises(BadDefinition, match="there is one product"):
        put(A, name="second")


def test_what_is_pulled_is_what_would_be_applied(tmp_path):
    put('[product]\nname = "Zeiterfassung für Büros 工时"\n')
    put("one", name="first", kind="note")
    put("two", name="second", kind="note")

    written = files.pull(tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "notes/first.toml", "notes/second.toml", "product.toml",
    ]  # fmt: skip
    assert {change.what for change in files.plan(tmp_path)} == {"same"}
    assert [each.name for each in all_current("note")] == ["first", "second"]


def test_a_plan_says_what_is_new_and_what_changes_and_changes_nothing(tmp_path):
    put(A)
    (tmp_path / "notes").mkdir()
    (tmp_path / "product.toml").write_text(B)
    (tmp_path / "notes" / "first.toml").write_text("odd")

    result = CliRunner().invoke(commands.plan, [str(tmp_path)])

    assert result.exit_code == 0
    assert "changed  product.toml" in result.output
    assert '-name = "A"' in result.output
    assert '+name = "B"' in result.output
    assert "new      notes/first.toml" in result.output
    assert "notes/first.toml: this is odd" in result.stderr
    assert current("product").text == A


def test_a_folder_is_applied_in_whole_or_not_at_all(tmp_path):
    put(A)
    (tmp_path / "notes").mkdir()
    (tmp_path / "product.toml").write_text(B)
    (tmp_path / "notes" / "first.toml").write_text("bad")

    with pytest.raises(BadDefinition, match="notes/first.toml: this is bad"):
        files.apply(tmp_path, now=NOW, by="ada")

    assert current("product").text == A
    (tmp_path / "notes" / "first.toml").write_text("good")
    files.apply(tmp_path, now=NOW, by="ada")
    assert current("product").text == B
    assert current("note", "first").text == "good"


def test_what_the_folder_does_not_hold_stays_in_force(tmp_path):
    put("one", name="first", kind="note")
    (tmp_path / "product.toml").write_text(A)

    files.apply(tmp_path, now=NOW, by="ada")

    assert current("note", "first").text == "one"


def test_a_file_that_begins_with_a_mark_or_is_no_text_is_told_apart(tmp_path):
    (tmp_path / "product.toml").write_bytes(b"\xef\xbb\xbf" + A.encode())
    assert files.plan(tmp_path)[0].text == A

    (tmp_path / "product.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadDefinition, match="it cannot be read"):
        files.plan(tmp_path)


def test_a_file_in_the_wrong_place_is_named_and_not_silently_left_out(tmp_path):
    (tmp_path / "product.toml").write_text(A)
    for path in ("prodcut.toml", "note/one.toml", "notes/deep/two.toml", ".venv/three.toml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1")

    shown = CliRunner().invoke(commands.plan, [str(tmp_path)])

    assert shown.exit_code == 0
    named = [line.split(": ")[0] for line in shown.stderr.splitlines()]
    assert named == ["note/one.toml", "notes/deep/two.toml", "prodcut.toml"]


def test_an_empty_folder_says_where_definitions_belong(tmp_path):
    with pytest.raises(BadDefinition, match="put them in product.toml, notes/NAME.toml"):
        files.plan(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_a_change_is_an_event_of_its_own_and_what_changes_nothing_is_none(home):
    put(A)
    put(A, 1)
    put(B, 2)
    withdraw("product", name="", now=NOW + timedelta(minutes=3))
    ship_everything(home, NOW + timedelta(minutes=4))

    with reading(home, packages=("tenure.lake",)) as reader:
        told = [row for row in reader.rows(load("tenure.lake", "event")) if row["type"] == "system"]

    told.sort(key=lambda row: row["occurred_at"])
    assert [(row["name"], json.loads(row["properties"])["kind"]) for row in told] == [
        ("Definition Applied", "product"),
        ("Definition Applied", "product"),
        ("Definition Withdrawn", "product"),
    ]
    assert json.loads(told[0]["properties"])["digest"] == versions("product")[1].digest
