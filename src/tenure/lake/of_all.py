"""What stands for all accounts together, as of a past time: worked out once for each such time.

A past card reads the rows of its account alone, but for relations with `Refresh full`, such as the
season: these are no smaller for one account, and take as long as all the rest. Whoever looks at one
past card often looks at the next, of the same day.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock

import pyarrow as pa

from tenure.kit.sql_file import SqlFile
from tenure.lake.engine import Engine
from tenure.lake.relations import LINK_KEYS, STORED
from tenure.lake.views import Views

OF_ALL = "full"
KEPT_MAX = 32
# Larger ones are not worth the memory.
ROWS_MAX = 1_000
_kept: OrderedDict[Hashable, pa.Table] = OrderedDict()
_lock = Lock()


def make_of_all(engine: Engine, views: Views, derived: Mapping[str, SqlFile]) -> list[str]:
    """The names of the relations of all accounts together, now on `engine`. As of a past time,
    those that rest on stored tables alone are remembered, and those with a `Window` leave older
    events unread. Links are there already.
    """
    of_all = [sql for sql in derived.values() if sql.refresh == OF_ALL]
    for sql in of_all:
        below = _below(sql, derived)
        if not views.is_past or below is None:
            views.need([sql.name])
            continue
        key = (sql.text, *(each.text for each in below), views.state())
        with _lock:
            rows = _kept.get(key)
        if rows is None:
            rows = _made(engine, views, sql)
            _keep(key, rows)
        engine.register(sql.name, rows)
        views.has(sql.name)
    return [sql.name for sql in of_all]


def _made(engine: Engine, views: Views, sql: SqlFile) -> pa.Table:
    if sql.window_days is not None:
        views = views.lately(sql.window_days, LINK_KEYS)
    views.need([sql.name])
    rows = engine.arrow(f"select * from {sql.name}")  # noqa: S608 - a relation's name
    engine.drop(sql.name)
    return rows


def _below(sql: SqlFile, derived: Mapping[str, SqlFile]) -> list[SqlFile] | None:
    """The derived relations that this one rests on; None when it reads what is not the lake's."""
    found: list[SqlFile] = []
    for name in sql.reads:
        if name in STORED:
            continue
        rest = _below(derived[name], derived) if name in derived else None
        if rest is None:
            return None
        found += [derived[name], *rest]
    return found


def _keep(key: Hashable, rows: pa.Table) -> None:
    if rows.num_rows > ROWS_MAX:
        return
    with _lock:
        _kept[key] = rows
        while len(_kept) > KEPT_MAX:
            _kept.popitem(last=False)
