"""Relations whose rows the installation gives: what is sold, and other things that state holds.

`settings.TENURE_GIVEN_RELATIONS` maps a name to `module:function`. `function(home)` gives an Arrow
table with exactly the columns that `COLUMNS[name]` of its module declares, rows or none. A past
reader sees them as they are now: they say what to look for, and not what happened.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

import pyarrow as pa

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.engine import arrow_type


def given_names() -> dict[str, str]:
    """What the installation gives, by name: `module:function`. Nothing where there is no Django."""
    # Asked here and not above, so that the lake works where there is no Django.
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        return dict(getattr(settings, "TENURE_GIVEN_RELATIONS", {}))
    except ImproperlyConfigured:
        return {}


def given_columns(name: str) -> dict[str, str]:
    """DuckDB's type of each column of a given relation, by name."""
    module, _ = _place(name)
    return dict(module.COLUMNS[name])


class Given:
    """The given relations of a home. Each function is asked once, when its rows are first needed.

    `rows` stands for those of the installation where it is passed.
    """

    def __init__(self, home: Home, rows: Mapping[str, pa.Table] | None = None) -> None:
        self._home = home
        self._rows = dict(rows or {})
        self._is_closed = rows is not None

    def names(self) -> list[str]:
        """Which relations there are."""
        return sorted(self._rows if self._is_closed else given_names())

    def rows(self, name: str) -> pa.Table:
        """The rows of one. Raises BadDefinition when they are not what was declared."""
        if name not in self._rows:
            _, function = _place(name)
            self._rows[name] = _declared(name, function(self._home))
        return self._rows[name]

    def digest(self, name: str) -> str:
        """Stands for these exact rows: relations that read others have to be made again."""
        rows = self.rows(name)
        return digest(str(rows.schema), *map(repr, rows.to_pylist()))

    def among(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are given."""
        wanted = list(names)
        known = set(self.names()) if wanted else set()
        return [name for name in wanted if name in known]


def _place(name: str) -> tuple[object, Callable[[Home], pa.Table]]:
    module_name, _, function = given_names()[name].partition(":")
    module = import_module(module_name)
    return module, getattr(module, function)


def _declared(name: str, rows: pa.Table) -> pa.Table:
    wanted = pa.schema([(each, arrow_type(type_)) for each, type_ in given_columns(name).items()])
    if rows.schema.names != wanted.names:
        raise BadDefinition(
            f"{given_names()[name]} gives the columns {', '.join(rows.schema.names)}; "
            f"{name} is declared with {', '.join(wanted.names)}"
        )
    return rows.cast(wanted)
