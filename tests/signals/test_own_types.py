"""What Tenure writes itself is no word of a customer: the same types wherever rows are read."""

import re
from pathlib import Path

import tenure
from tenure.signals.watched import OWN_TYPES

SAYS_OWN = re.compile(r"type not in \(([^)]*'signal'[^)]*)\)")
WHERE = {
    "card/sql/account_first_event.sql",
    "customers/sql/account_seen.sql",
    "customers/sql/membership_seen.sql",
    "customers/sql/person_seen.sql",
    "signals/sql/account_event.sql",
    "signals/sql/heard_day.sql",
}


def test_each_statement_leaves_out_what_signals_leave_out():
    root = Path(tenure.__file__).parent
    said = {
        path.relative_to(root).as_posix(): match[1]
        for path in root.rglob("*.sql")
        if (match := SAYS_OWN.search(path.read_text("utf-8")))
    }

    assert said.keys() >= WHERE
    own = {name: tuple(re.findall(r"'(\w+)'", types)) for name, types in said.items()}
    assert own == dict.fromkeys(said, OWN_TYPES)
