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
from tenure.lake.relations import STORED
from tenure.lake.views import Views

OF_ALL = "full"
KEPT_MAX = 32
# Larger ones are not worth the memory.
ROWS_MAX = 1_000
_kept: OrderedDict[Hashable, pa.Table] = OrderedDict()
_lock = Lock()


def make_of_all(engine: Engine, views: Views, derived: Mapping[str, SqlFile]) -> list[str]:
    """The names of the relations of all accounts together, now on `engine`. As of a past time,
    those that read stored tables alone are remembered.
    """
    of_all = [sql for sql in derived.values() if sql.refresh == OF_ALL]
    for sql in of_all:
        if not views.is_past or not {*sql.reads} <= STORED.keys():
            views.need([sql.name])
            continue
        key = (sql.text, views.state())
        with _lock:
            rows = _kept.get(key)
        if rows is None:
            views.need([sql.name])
            rows = engine.arrow(f"select * from {sql.name}")  # noqa: S608 - a relation's name
            _keep(key, rows)
        else:
            engine.register(sql.name, rows)
            views.has(sql.name)
    return [sql.name for sql in of_all]


def _keep(key: Hashable, rows: pa.Table) -> None:
    if rows.num_rows > ROWS_MAX:
        return
    with _lock:
        _kept[key] = rows
        while len(_kept) > KEPT_MAX:
            _kept.popitem(last=False)
