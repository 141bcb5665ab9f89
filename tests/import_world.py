"""A home, a folder of files and a map: what an import makes of them."""

from datetime import UTC, datetime
from pathlib import Path

from tenure.base.home import Home
from tenure.collect.files.import_run import Importer, import_files
from tenure.collect.files.map_file import read_map
from tenure.collect.models import ImportRun
from tenure.kit.sql_file import SqlFile, read_sql_file
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.shipping import ship

MORNING = datetime(2025, 6, 1, 8, tzinfo=UTC)


def _all_of(relation: str, order: str) -> SqlFile:
    header = (
        f"-- {relation}_rows: all of them.\n--\n-- Grain    one row\n-- Reads    {relation}\n"
        "-- Params   none\n-- Columns  message_id  varchar\n-- Rule     test\n\n"
    )
    text = f"{header}select * from {relation} order by {order}\n"
    return read_sql_file("tests", f"{relation}_rows", text)


def ship_everything(home: Home, now: datetime) -> None:
    """The shortest pipeline: from the inbox into the lake."""
    inbox = open_inbox(home, "")
    try:
        while not ship(home, inbox, {}, lambda batch, rows: None, now).is_caught_up:
            pass
    finally:
        inbox.close()


class ImportWorld:
    """Files in `folder`, imported into `home`."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home, self.folder = home, folder
        folder.mkdir(exist_ok=True)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text.strip() + "\n", "utf-8")
        return path

    def bring(
        self,
        map_text: str,
        path: Path | None = None,
        *,
        now: datetime = MORNING,
        is_restated: bool = False,
    ) -> ImportRun:
        inbox = open_inbox(self.home, "")
        try:
            importer = Importer(
                self.home, inbox, ship_everything, now, is_restated=is_restated,
                lookup_folders=(self.folder,),
            )  # fmt: skip
            import_map = read_map(map_text, "map.toml", currency="USD")
            return import_files(importer, path or self.folder, import_map)
        finally:
            inbox.close()

    def events(self, as_of: datetime | None = None) -> list[dict]:
        return self._rows("event", "occurred_at, name, source_ref", as_of)

    def facts(self, as_of: datetime | None = None) -> list[dict]:
        return self._rows("billing_fact", "effective_at, fact_key", as_of)

    def _rows(self, relation: str, order: str, as_of: datetime | None) -> list[dict]:
        with reading(self.home, as_of, fresh=True) as reader:
            return reader.rows(_all_of(relation, order))


def totals(run: ImportRun) -> dict[str, int]:
    """What became of a run's rows, without the zeros."""
    names = ("new", "corrected", "unchanged", "repeated", "rejected")
    found = {name: getattr(run, f"rows_{name}") for name in names}
    return {name: count for name, count in found.items() if count}


def prepare_nothing(home: Home) -> None:
    """The preparation of a home that a test has made already."""
