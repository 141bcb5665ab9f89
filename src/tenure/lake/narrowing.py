"""Only what concerns some accounts: which rows of each relation that takes.

Everything that a relation *by account* says of an account comes from rows that name it, from what
its people did without naming any account, and from links. So all other rows may be left unread.
"""

from collections.abc import Callable, Collection, Mapping

import pyarrow as pa

from tenure.kit.sql_file import SqlFile, load
from tenure.lake.engine import Engine, Source, select_from
from tenure.lake.views import Views

TOUCHED = "account_id in (select account_id from touched_account)"

Narrow = Callable[[str], list[str]]  # conditions on the rows of a relation, by its name


def narrow_to_accounts(
    engine: Engine,
    links: Views,
    facts: Source,
    derived: Mapping[str, SqlFile],
    accounts: Collection[str],
    people: Collection[str] = (),
) -> Narrow:
    """The conditions, after making what they need on `engine`: the raw ids of these canonical
    accounts and of their people, and of `people` besides.
    """
    _list_ids(engine, "touched_account", "account_id", accounts)
    _list_ids(engine, "touched_other_person", "person_id", people)
    for name, relation in (("key_of_account", "touched_key"), ("key_of_person", "touched_person")):
        keys = load("tenure.lake", name)
        links.need([read for read in keys.reads if not read.startswith("touched_")], keys.path)
        engine.create_table(relation, keys.text, {})
    keyed = select_from(facts, ["account_key in (select raw_id from touched_key)"])
    engine.create_table("touched_fact", f"select distinct source, fact_key from ({keyed})", {})  # noqa: S608
    event = (
        "(account_key in (select raw_id from touched_key) or (account_key is null and"
        " coalesce(user_id, 'anon:' || anonymous_id) in (select raw_id from touched_person)))"
    )
    theirs = "person_id in (select person_id from touched_other_person)"
    if people:
        raw = "coalesce(user_id, 'anon:' || anonymous_id) in (select raw_id from touched_person)"
        event = f"({event} or {raw})"
    stored = {
        # All that was said of these facts, of whichever account it was said: the last word counts.
        "billing_fact": ["(source, fact_key) in (select (source, fact_key) from touched_fact)"],
        "event": [event],
    }

    def narrow(name: str) -> list[str]:
        if name in stored:
            return stored[name]
        columns = {column.name for column in derived[name].columns} if name in derived else set()
        if "account_id" not in columns:
            return []
        both = people and "person_id" in columns
        return [f"({TOUCHED} or {theirs})" if both else TOUCHED]

    return narrow


def _list_ids(engine: Engine, relation: str, column: str, ids: Collection[str]) -> None:
    engine.register(relation, pa.table({column: pa.array(sorted(ids), pa.string())}))
