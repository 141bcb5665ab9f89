"""One statement from several SQL files: a file's relations may be given by other files.

    compose(load(..., "churn_month"), ledger=compose(load(..., "ledger_whole")))

reads `with ledger as (...) select * from (...)`, so that a question is written once, whatever its
relations are made of, and runs on every engine that knows `with`. A given relation may read the
published one of its own name: it is not recursive. Of several that are given, the later ones see
the earlier ones, so that what two of them read is made once.
"""

from collections.abc import Mapping
from dataclasses import replace

from tenure.kit.sql_file import SqlFile, load

PACKAGE = "tenure.measure"


def sql(name: str, **given: SqlFile) -> SqlFile:
    """The file `measure/sql/<name>.sql` with some of the relations it reads given by others.

    Raises ValueError when the file does not read a relation that is given.
    """
    return compose(load(PACKAGE, name), given)


def compose(file: SqlFile, given: Mapping[str, SqlFile]) -> SqlFile:
    """`file` with its relations `given`; its header then reads what these read."""
    if not given:
        return file
    for name in given:
        if not any(name in each.reads for each in (file, *given.values())):
            raise ValueError(f"{file.path} does not read {name}; its header names {file.reads}")
    relations = ",\n\n".join(f"{name} as (\n{part.text}\n)" for name, part in given.items())
    reads = [name for name in file.reads if name not in given]
    params = dict(file.params)
    above: set[str] = set()
    for name, part in given.items():
        reads += [read for read in part.reads if read not in above]
        params |= part.params
        above.add(name)
    return replace(
        file,
        text=f"with\n\n{relations}\n\nselect * from (\n{file.text}\n)",
        reads=tuple(dict.fromkeys(reads)),
        params=params,
    )
