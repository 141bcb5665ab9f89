"""The compliance log: whatever somebody does to its rows is found, and forgetting is no damage."""

import csv
import hashlib
import io
import json
import re
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from django.db import connection, transaction

from offboard.visit_worlds import SECRET, at_offers, card, person
from tenure.offboard.commands import leaving_log
from tenure.offboard.forgetting import forget_in_offboard
from tenure.offboard.log import entry_digest, head_seal, private_digest
from tenure.offboard.log_checking import export_log, verify_log
from tenure.offboard.models import LogEntry, LogHead, Visit, VisitOutcome


@pytest.fixture
def log(way_out):
    """A log with two visits of two accounts."""
    way_out.leave(at_offers(way_out))
    card(account_id="bolt", name="Bolt")
    person("bea", "bea@bolt.example")
    way_out.leave(way_out.open(way_out.token(account="bolt", person="bea")))
    way_out.ship()
    return way_out


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@contextmanager
def undone():
    """What is done in the block is as if it had not been, afterwards."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


def problems(known=None):
    return verify_log(SECRET, known).problems


def test_an_untouched_log_holds_together(log):
    checked = verify_log(SECRET)

    assert checked.problems == []
    assert checked.entries == LogEntry.objects.count() > 12
    assert checked.head == LogEntry.objects.order_by("-number").first().digest


def test_each_digest_is_what_the_docs_say(log):
    out = io.StringIO()
    export_log(out, "jsonl")
    before = ""

    for line in out.getvalue().splitlines():
        entry = json.loads(line)
        if entry["private"]:
            whole = json.dumps(entry["private"], sort_keys=True, ensure_ascii=False,
                               separators=(",", ":"))  # fmt: skip
            assert entry["private_digest"] == hashlib.sha256(whole.encode()).hexdigest()
        names = ("number", "visit_id", "mode", "at", "kind", "message_id", "body",
                 "private_digest", "previous")  # fmt: skip
        covered = json.dumps({n: entry[n] for n in names}, sort_keys=True, ensure_ascii=False,
                             separators=(",", ":"))  # fmt: skip
        assert entry["previous"] == before
        assert entry["digest"] == hashlib.sha256(covered.encode()).hexdigest()
        before = entry["digest"]


CHANGES = [
    ("number", "900"), ("visit_id", "'another'"), ("mode", "'test'"),
    ("at", "'2020-01-01 00:00:00'"), ("kind", "'Something Else'"), ("message_id", "'x'"),
    ("body", "'{\"reason\": \"other\"}'"), ("private", "'{\"account\": \"nobody\"}'"),
    ("private", "null"), ("private_digest", "'0'"), ("previous", "'0'"), ("digest", "'0'"),
]  # fmt: skip


def test_any_changed_column_of_any_row_is_found(log):
    for column, value in CHANGES:
        for row in (1, 5, LogEntry.objects.count()):
            with undone():
                sql(f"update offboard_logentry set {column} = {value} where number = %s", row)
                assert problems(), (column, row)
    assert problems() == []


def test_a_removed_row_is_found(log):
    for row in range(1, LogEntry.objects.count() + 1):
        with undone():
            sql("delete from offboard_logentry where number = %s", row)
            assert problems(), row


def test_an_end_that_was_cut_off_is_found_although_its_note_was_changed_too(log):
    last = LogEntry.objects.order_by("-number")
    sql("delete from offboard_logentry where number > 8")
    end = last.first()

    sql("update offboard_loghead set number = 8, digest = %s", end.digest)
    assert problems() == ["the note of the log's end was not written by this installation"]

    LogHead.objects.all().delete()
    assert problems() == ["the end of the log is not noted"]


def test_an_inserted_row_is_found(log):
    for at in (0, 6, LogEntry.objects.count() + 1):
        with undone():
            copy = LogEntry.objects.get(number=3)
            if at == 6:
                sql("update offboard_logentry set number = number + 1000 where number >= 6")
                sql("update offboard_logentry set number = number - 999 where number >= 1006")
            copy.number, copy.message_id = at, "made-up"
            copy.save(force_insert=True)
            assert problems(), at


def test_two_rows_that_changed_places_are_found(log):
    for old, new in ((3, 9003), (4, 3), (9003, 4)):
        sql("update offboard_logentry set number = %s where number = %s", new, old)

    assert problems()


def test_a_chain_rewritten_from_the_middle_is_found_by_its_seal_and_by_an_earlier_export(
    log, tmp_path
):
    path = tmp_path / "earlier.jsonl"
    with path.open("w") as out:
        export_log(out, "jsonl")
    previous = ""
    for entry in LogEntry.objects.order_by("number"):
        if entry.number == 4:
            entry.private = entry.private | {"account": "somebody else"}
        entry.previous, entry.private_digest = previous, private_digest(entry.private)
        previous = entry.digest = entry_digest(entry)
        entry.save()
    LogHead.objects.update(digest=previous)

    assert problems() == ["the note of the log's end was not written by this installation"]
    # Who has the home's secret as well can write that, and not what was exported before.
    head = LogHead.objects.get()
    LogHead.objects.update(seal=head_seal(head.number, previous, SECRET))
    assert problems() == []
    verified = CliRunner().invoke(leaving_log, ["verify", "--against", str(path)])
    assert verified.exit_code != 0
    assert "entry 4: it is not the one of the earlier export" in verified.output


def test_the_commands_export_and_verify(log):
    run = CliRunner().invoke
    lines = run(leaving_log, ["export"]).output.splitlines()
    rows = list(csv.DictReader(io.StringIO(run(leaving_log, ["export", "--format", "csv"]).output)))
    one = Visit.objects.first().visit_id
    of_one = run(leaving_log, ["export", "--visit", one]).output.splitlines()

    assert len(lines) == len(rows) == LogEntry.objects.count()
    assert [json.loads(line)["number"] for line in lines] == [int(r["number"]) for r in rows]
    assert {json.loads(line)["visit_id"] for line in of_one} == {one}
    assert "hold together" in run(leaving_log, ["verify"]).output
    sql("delete from offboard_logentry where number = 2")
    broken = run(leaving_log, ["verify"])
    assert broken.exit_code != 0
    assert "entry 3: 2 to 2 are missing before it" in broken.output


def test_who_is_forgotten_is_gone_and_the_chain_still_verifies(log):
    removed = forget_in_offboard(["bolt"], ["bea"], log.clock())

    assert removed > 0
    assert problems() == []
    out = io.StringIO()
    export_log(out, "jsonl")
    for word in ("bolt", "bea", "Bolt"):  # as words: a digest may hold the letters
        assert not re.search(rf"\b{word}\b", out.getvalue())
    assert "acme" in out.getvalue()
    assert list(Visit.objects.values_list("account_id", flat=True)) == ["acme"]
    assert list(VisitOutcome.objects.values_list("account_id", flat=True)) == ["acme"]
    assert LogEntry.objects.order_by("-number").first().kind == "Somebody Forgotten"
    assert forget_in_offboard(["bolt"], ["bea"], log.clock()) == 0


def test_blanking_a_row_without_saying_so_is_found(log):
    forget_in_offboard(["bolt"], ["bea"], log.clock())

    of_acme = LogEntry.objects.filter(private__isnull=False).order_by("number")
    number = of_acme.values_list("number", flat=True)[0]
    sql(f"update offboard_logentry set private = null where number = {number}")

    said = f"entry {number}: its private part was taken out, and no entry says that it was"
    assert problems() == [said]


def test_no_code_in_the_public_part_names_anybody(log):
    for entry in LogEntry.objects.all():
        public = json.dumps(entry.body)
        for word in ("acme", "bolt", '"ann"', "sub_1", "Acme"):
            assert word not in public, entry.kind
