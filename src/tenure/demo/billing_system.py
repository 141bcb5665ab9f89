"""The simulated company's billing: it does what it is asked for, and tells it as any billing does.

What it did is in a file of its own, `demo-billing.sqlite3`, as a host's would be: one row for each
key, so that the same key again is the same change. Its facts go to the inbox afterwards, under ids
that stay the same, and so once, whenever a kill comes.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from tenure.base.clock import Clock, system_clock
from tenure.base.errors import Conflict, Unavailable
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.billing.kinds import KINDS
from tenure.billing.known_terms import facts_known, terms_of
from tenure.billing.system import WITHIN_S, Answer, Change, Terms
from tenure.definitions.toml_file import Fields
from tenure.demo.billing_facts import ZONE, Fact, Row, facts_for, holding, with_trial_end
from tenure.demo.journal import BILLING
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import KIND, pack_facts

FILE = "demo-billing.sqlite3"
_INSTANTS = ("effective_at", "ends_at", "known_at", "received_at")
_TABLE = """
    create table if not exists applied (
        key text primary key, account text not null, facts text not null, is_told integer not null
    )
"""


@dataclass(frozen=True, slots=True)
class DemoBilling:
    """Fernhill's own. What holds is what the lake has, and what was done here since."""

    home: Home
    database_url: str = ""
    clock: Clock = system_clock
    can: frozenset[str] = frozenset(KINDS)
    settles_within_s: float = 0.0
    gives_up_after_s: float | None = 3 * 86_400.0
    name: str = "demo"

    def perform(self, change: Change, within_s: float = WITHIN_S) -> Answer:
        """Done at once, or refused with the reason."""
        at = self.clock()
        try:
            with self._file(within_s) as file:
                self._apply(file, change, at)
            self._tell(change.account_id, within_s)
        except Conflict as error:
            return Answer(status="refused", message=error.message)
        except (sqlite3.Error, Unavailable) as error:
            return Answer(status="unsure", message=f"Fernhill's billing is busy: {error}")
        return Answer(status="done", reference=f"fernhill_{digest(change.key)[:12]}")

    def read_back(
        self, account_id: str, subscription_id: str, within_s: float = WITHIN_S
    ) -> Terms | None:
        """What holds now. Raises Unavailable when file or lake cannot be read."""
        try:
            self._tell(account_id, within_s)
            with self._file(within_s) as file:
                facts = self._holding(file, account_id)
        except sqlite3.Error as error:
            raise Unavailable(f"Fernhill's billing is busy: {error}; ask again") from None
        return with_trial_end(terms_of(facts, subscription_id, self.clock(), ZONE), facts)

    def ping(self, within_s: float = WITHIN_S) -> Answer:
        """Always there: it is simulated."""
        return Answer(status="done", message="Fernhill's billing is simulated")

    def _apply(self, file: sqlite3.Connection, change: Change, at: datetime) -> None:
        """Write down what was done, once for each key."""
        if file.execute("select 1 from applied where key = ?", [change.key]).fetchone():
            return
        rows = facts_for(change, self._holding(file, change.account_id), at)
        file.execute(
            "insert into applied values (?, ?, ?, ?)",
            [change.key, change.account_id, msgspec.json.encode(rows).decode(), not rows],
        )

    def _tell(self, account_id: str, within_s: float) -> None:
        """Put the facts of what was done into the inbox; a crash in between tells nothing twice."""
        with self._file(within_s) as file:
            untold = "select facts from applied where account = ? and not is_told order by rowid"
            found = file.execute(untold, [account_id]).fetchall()
            rows = [row for (text,) in found for row in _read(text)]
            if not rows:
                return
            inbox = open_inbox(self.home, self.database_url)
            try:
                inbox.append([Arrival(KIND, BILLING, self.clock(), pack_facts(rows), {})])
            finally:
                inbox.close()
            file.execute("update applied set is_told = 1 where account = ?", [account_id])

    def _holding(self, file: sqlite3.Connection, account_id: str) -> Sequence[Fact]:
        found = file.execute(
            "select facts from applied where account = ? order by rowid", [account_id]
        )
        applied = [row for (text,) in found.fetchall() for row in _read(text)]
        return holding(facts_known(self.home, account_id), applied)

    @contextmanager
    def _file(self, within_s: float) -> Iterator[sqlite3.Connection]:
        """The file, for this caller alone, and committed at the end."""
        path = self.home.root / FILE
        with closing(sqlite3.connect(path, timeout=within_s, isolation_level=None)) as file:
            file.execute("pragma synchronous = full")
            file.execute("pragma secure_delete = on")
            file.execute("begin immediate")
            file.execute(_TABLE)
            yield file
            file.execute("commit")


def demo_system(home: Home, read: Fields) -> DemoBilling:
    """The billing of the simulated company. Raises BadDefinition where none lives in this home."""
    if not home.settings_file.exists() or "[demo]" not in home.settings_file.read_text("utf-8"):
        raise read.refuse("system", "no simulated company lives here; use webhook or task")
    return DemoBilling(home, settings.DATABASE_URL)


def changed_since(home: Home) -> dict[str, datetime]:
    """Which subscriptions were changed here, and when first: from then on this is what holds."""
    path = home.root / FILE
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path, timeout=WITHIN_S)) as file:
        found = file.execute("select facts from applied order by rowid desc").fetchall()
    rows = [row for (text,) in found for row in _read(text)]
    return {row["subscription_id"]: row["known_at"] for row in rows}


def forget_in_demo_billing(home: Home, account_ids: Sequence[str]) -> int:
    """How many changes of these accounts the simulated billing has forgotten."""
    path = home.root / FILE
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=WITHIN_S)) as file, file:
        file.execute("pragma secure_delete = on")
        places = [[each] for each in account_ids]
        before = file.total_changes
        file.executemany("delete from applied where account = ?", places)
        return file.total_changes - before


def _read(text: str) -> list[Row]:
    rows: list[dict[str, Any]] = msgspec.json.decode(text)
    for row in rows:
        for name in _INSTANTS:
            if row.get(name):
                row[name] = datetime.fromisoformat(row[name])
    return rows
