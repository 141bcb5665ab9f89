"""Which outcomes accounts said they want, and which events they do more than the others."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tenure.card.product_draft_difference import z_of
from tenure.card.product_draft_words import comment, counted, percent, slugs, title_from, toml

OUTCOMES_MAX = 20
EVENTS_MAX = 4
LEAST_ACCOUNTS = 3
LEAST_Z = 1.5
LEAST_SHARE = 0.3

# (accounts) -> event -> (how many of them did it, how many of the others)
UseBy = Callable[[Sequence[str]], tuple[Mapping[str, tuple[int, int]], int, int]]


def accounts_by_outcome(statements: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The accounts that ever stated each outcome, the most wanted first; spelled as most do."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    accounts: dict[str, set[str]] = defaultdict(set)
    for said in statements:
        if said["account_id"] and said["outcome"]:
            key = " ".join(said["outcome"].casefold().replace("_", " ").split())
            spelled[key][said["outcome"]] += 1
            accounts[key].add(said["account_id"])
    ordered = sorted(accounts, key=lambda key: (-len(accounts[key]), key))[:OUTCOMES_MAX]
    return {
        min(spelled[key], key=lambda s: (-spelled[key][s], s)): sorted(accounts[key])
        for key in ordered
    }


def outcome_lines(
    wanted: Mapping[str, Sequence[str]], use_by: UseBy, events: Sequence[str]
) -> list[str]:
    """The outcomes as TOML, each with the events that its accounts do more than the others."""
    lines = []
    names = slugs(wanted, "outcome")
    for outcome, accounts in wanted.items():
        uses, inside, outside = use_by(accounts)
        telling = telling_events(uses, inside, outside, events)
        title = outcome if " " in outcome else title_from(outcome)
        block = [
            "[[outcome]]",
            comment(f"{counted(len(accounts), 'account wants', 'accounts want')} this"),
        ]
        for event in telling:
            did, others = uses[event]
            block.append(
                comment(f"{event}: {percent(did, inside)} of them, {percent(others, outside)} else")
            )
        block += [f"name = {toml(names[outcome])}", f"title = {toml(title)}"]
        if outcome.lower() not in (names[outcome], title.lower()):
            block.append(f"values = {toml([outcome])}")
        if telling:
            lines += [*block, f"events = {toml(telling)}", ""]
        else:
            block.append("events = []  # no event tells these accounts from the others")
            lines += [line if line.startswith("#") else comment(line) for line in block] + [""]
    return lines


def telling_events(
    uses: Mapping[str, tuple[int, int]], inside: int, outside: int, events: Sequence[str]
) -> list[str]:
    """The events that these accounts do more often than the others, the most telling first."""
    if inside < LEAST_ACCOUNTS or outside < LEAST_ACCOUNTS:
        return []
    scores = {}
    for event in events:
        did, others = uses.get(event, (0, 0))
        z = z_of(did, inside, others, outside)
        if z >= LEAST_Z and did / inside >= LEAST_SHARE:
            scores[event] = z
    return sorted(scores, key=lambda event: -scores[event])[:EVENTS_MAX]
