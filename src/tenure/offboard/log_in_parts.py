"""The check of the log, some thousand entries at a time: for whoever waits at a page.

    checked = check_part("", secret)
    while not checked.is_done:
        checked = check_part(checked.state, secret)

`state` is what has to be known to go on: sealed, so that nobody makes up that all is well so far.
"""

from dataclasses import dataclass

from django.core import signing

from tenure.base.errors import InvalidInput
from tenure.offboard.log import numbers_in, spans_of
from tenure.offboard.log_checking import PROBLEMS_AT_MOST, Chain, Problem
from tenure.offboard.models import LogEntry, LogHead

ENTRIES_AT_ONCE = 10_000
_SALT = "tenure.leaving-log.check"
_AGE_S = 3_600  # so long a check may be laid aside


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """How far it has come. `of` is how many entries there are; `state` is empty once it is done."""

    entries: int
    of: int
    last_digest: str
    problems: list[Problem]
    state: str

    @property
    def is_done(self) -> bool:
        return not self.state


def check_part(state: str, secret: str, at_most: int = ENTRIES_AT_ONCE) -> CheckedPart:
    """Go on with a check, or begin one where the state is empty.

    Raises InvalidInput for a state that is not ours, or older than an hour.
    """
    chain = _resumed(state, secret)
    entries = LogEntry.objects.order_by("number")
    if chain.entries:
        entries = entries.filter(number__gt=chain.last_number)
    looked_at = 0
    for entry in entries[:at_most].iterator(1_000):
        chain.look_at(entry)
        looked_at += 1
    is_done = looked_at < at_most
    if is_done:
        chain.look_at_end()
    noted = LogHead.objects.values_list("number", flat=True).first() or 0
    return CheckedPart(
        entries=chain.entries,
        of=max(noted, chain.entries),
        last_digest=chain.last_digest,
        problems=chain.problems[:PROBLEMS_AT_MOST],
        state="" if is_done else _sealed(chain),
    )


def _sealed(chain: Chain) -> str:
    problems = [(each.number, each.text) for each in chain.problems[:PROBLEMS_AT_MOST]]
    blank = spans_of(sorted(chain.blank))
    said = [chain.entries, chain.last_number, chain.last_digest, blank, problems]
    return signing.dumps(said, salt=_SALT, compress=True)


def _resumed(state: str, secret: str) -> Chain:
    chain = Chain(secret)
    if not state:
        return chain
    try:
        entries, number, last, blank, problems = signing.loads(state, salt=_SALT, max_age=_AGE_S)
    except signing.BadSignature:
        raise InvalidInput(
            "this check was begun elsewhere, or too long ago; begin it again", field="state"
        ) from None
    chain.entries, chain.last_number, chain.last_digest = entries, number, last
    chain.blank = set(numbers_in(blank))
    chain.problems = [Problem(at, text) for at, text in problems]
    return chain
