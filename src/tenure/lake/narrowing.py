"""Only what concerns some accounts: which rows of each relation that takes.

Everything that a relation *by account* says of an account comes from rows that name it, from what
its people did without naming any account, and from links. So all other rows may be left unread.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa

from tenure.kit.sql_file import SqlFile, load
from tenure.lake.engine import Engine, Source, quoted, select_from
from tenure.lake.of_all import make_of_all
from tenure.lake.relations import LINK_KEYS
from tenure.lake.views import Narrow, Views

_OTHERS = "person_id in (select person_id from touched_other_person)"
TOUCHED = "account_id in (select account_id from touched_account)"

LISTED_MAX = 200
_ANONYMOUS = "anon:"


@dataclass(frozen=True, slots=True)
class Only:
    """The accounts and people that a reader is asked about, by any of their ids."""

    accounts: Collection[str] = ()
    people: Collection[str] = ()


def narrowed_to(
    engine: Engine, views: Views, derived: Mapping[str, SqlFile], facts: Source, only: Only
) -> Views:
    """The relations of `views`, with the rows that concern `only`.

    Of a person that is all that concerns the accounts they belong to, or ever did anything for.
    """
    views.keep(LINK_KEYS)
    of_all = make_of_all(engine, views, derived)
    accounts = _canonical(engine, "account", only.accounts)
    people = _canonical(engine, "person", only.people)
    if people:
        accounts |= _accounts_of(engine, views, derived, people)
    narrow = narrow_to_accounts(engine, views, facts, derived, Only(accounts, people))
    return views.narrowed(narrow, (*LINK_KEYS, *of_all))


def _canonical(engine: Engine, kind: str, ids: Collection[str]) -> set[str]:
    links = dict(
        engine.rows(
            "select raw_id, canonical_id from identity_link"
            " where kind = $kind and raw_id in (select unnest($ids))",
            {"kind": kind, "ids": list(ids)},
        )
    )
    return {links.get(id, id) for id in ids}


def _accounts_of(
    engine: Engine, views: Views, derived: Mapping[str, SqlFile], people: set[str]
) -> set[str]:
    """The accounts of these people: by their links, and by what they did for others."""
    _list_ids(engine, "touched_other_person", "person_id", people)
    theirs = "person_id in (select person_id from touched_other_person)"
    selects = [f"select account_id from membership_link where {theirs}"]  # noqa: S608
    told = [sql.name for sql in derived.values() if views.is_published(sql) and _tells(sql)]
    for name in told:
        views.need([name])
        selects.append(f"select account_id from {name} where {theirs}")  # noqa: S608
    if not told:
        views.need(["event_row"])
        selects.append(
            """
            select coalesce(account_link.canonical_id, event_row.account_key) as account_id
            from event_row
            left join identity_link as person_link
                on  person_link.kind = 'person'
                and person_link.raw_id = coalesce(user_id, 'anon:' || anonymous_id)
            left join identity_link as account_link
                on  account_link.kind = 'account'
                and account_link.raw_id = event_row.account_key
            where coalesce(person_link.canonical_id, user_id, 'anon:' || anonymous_id)
                in (select person_id from touched_other_person)
            """
        )
    rows = engine.rows(" union ".join(selects))
    return {account_id for (account_id,) in rows if account_id is not None}


def _tells(sql: SqlFile) -> bool:
    return sql.refresh == "by account" and any(each.name == "person_id" for each in sql.columns)


def narrow_to_accounts(
    engine: Engine,
    links: Views,
    facts: Source,
    derived: Mapping[str, SqlFile],
    only: Only,
    reads: Collection[str] = ("event", "billing_fact"),
) -> Narrow:
    """Which rows count, after making what tells it on `engine`: the raw ids of these canonical
    accounts, of their people and of other people, as far as stored tables among `reads` ask.
    """
    accounts, people = only.accounts, only.people
    _list_ids(engine, "touched_account", "account_id", accounts)
    _list_ids(engine, "touched_other_person", "person_id", people)
    stored: dict[str, list[list[str]]] = {}
    if "event" in reads or "billing_fact" in reads:
        _make_keys(engine, links, "key_of_account", "touched_key")
    if "billing_fact" in reads:
        keyed = select_from(facts, ["account_key in (select raw_id from touched_key)"])
        facts_of = f"select distinct source, fact_key from ({keyed})"  # noqa: S608 - no input
        engine.create_table("touched_fact", facts_of, {})
        # All that was said of these facts, of whichever account it was said: the last word counts.
        known = "(source, fact_key) in (select (source, fact_key) from touched_fact)"
        stored["billing_fact"] = [[known]]
    if "event" in reads:
        _make_keys(engine, links, "key_of_person", "touched_person")
        stored["event"] = _event_parts(engine, people)
    account = _among("account_id", accounts, TOUCHED)
    other = [_among("person_id", people, _OTHERS), f"(account_id is null or not {account})"]

    def narrow(name: str) -> list[list[str]]:
        if name in stored:
            return stored[name]
        columns = {column.name for column in derived[name].columns} if name in derived else set()
        if "account_id" not in columns:
            return []
        return [[account], other] if people and "person_id" in columns else [[account]]

    return narrow


def _make_keys(engine: Engine, links: Views, name: str, relation: str) -> None:
    keys = load("tenure.lake", name)
    links.need([read for read in keys.reads if not read.startswith("touched_")], keys.path)
    engine.create_table(relation, keys.text, {})


def _event_parts(engine: Engine, people: Collection[str]) -> list[list[str]]:
    """The events of the touched accounts, those of their people that name no account, and those of
    `people` that name another.
    """
    keys = [key for (key,) in engine.rows("select raw_id from touched_key")]
    raw_people = [raw_id for (raw_id,) in engine.rows("select raw_id from touched_person")]
    named = _among("account_key", keys, "account_key in (select raw_id from touched_key)")
    elsewhere = f"(account_key is null or not {named})" if people else "account_key is null"
    if len(raw_people) > LISTED_MAX:
        raw_id = f"coalesce(user_id, '{_ANONYMOUS}' || anonymous_id)"
        theirs = f"{raw_id} in (select raw_id from touched_person)"  # noqa: S608 - no input
        return [[named], [theirs, elsewhere]]
    visitors = [
        raw_id.removeprefix(_ANONYMOUS) for raw_id in raw_people if raw_id.startswith(_ANONYMOUS)
    ]
    return [
        [named],
        [_among("user_id", raw_people, ""), elsewhere],
        [_among("anonymous_id", visitors, ""), "user_id is null", elsewhere],
    ]


def _among(column: str, ids: Collection[str], listed_elsewhere: str) -> str:
    """A condition on ids. Few of them stand in it, quoted: then a file's other columns are only
    read where one of them is found.
    """
    if len(ids) > LISTED_MAX:
        return listed_elsewhere
    return f"{column} in ({', '.join(map(quoted, sorted(ids)))})" if ids else "false"


def _list_ids(engine: Engine, relation: str, column: str, ids: Collection[str]) -> None:
    engine.register(relation, pa.table({column: pa.array(sorted(ids), pa.string())}))
