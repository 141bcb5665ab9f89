"""One leaving as lists show it: what they said, what a follow-up found, what was seen before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings

from tenure.console import format as written
from tenure.console.pages.leaving.words import account_names, reason_titles
from tenure.console.pages.reasons import words
from tenure.messages.open_signals import people_names
from tenure.reasons.inferring_sentences import commonness_sentence, evidence_sentence
from tenure.reasons.leavings_counted import next_job_of
from tenure.reasons.leavings_placed import PlacedLeaving
from tenure.reasons.models import ReasonRecord
from tenure.reasons.recording import STATED

SEEN_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """One reason by what was seen, with its strength and each piece of its evidence."""

    title: str
    strength: str
    evidence: list[tuple[str, str]]  # a sentence, and how common it is


@dataclass(slots=True)
class Row:
    """One leaving."""

    account_id: str
    name: str
    decided_on: date
    mrr: str
    plan: str
    visit_id: str = ""
    said: str = ""
    followed_up: str = ""
    text: str = ""
    next_job: str = ""
    seen: list[Seen] = field(default_factory=list)
    is_contradicted: bool = False


def rows_of(placed: Sequence[PlacedLeaving]) -> list[Row]:
    """Each of these, in their order; names are asked for once."""
    names = account_names(each.account_id for each in placed)
    people = people_names(
        str(piece["person"])
        for each in placed
        for record in each.leaving.inferred[:SEEN_SHOWN]
        for piece in record.evidence
        if piece.get("person")
    )
    titles, jobs = reason_titles(), words.job_titles()
    return [_row(each, names, people, titles, jobs) for each in placed]


def seen_of(
    records: Iterable[ReasonRecord], titles: dict[str, str], people: dict[str, str]
) -> list[Seen]:
    """What was seen of one leaving, the likeliest first, in words."""
    zone = settings.TENURE_HOME.company.time_zone
    return [
        Seen(
            titles.get(record.code, record.code),
            words.strength(record),
            [
                (
                    evidence_sentence(
                        piece,
                        name_of=lambda key: people.get(key, key),
                        money_of=written.money,
                        time_zone=zone,
                    ),
                    commonness_sentence(piece),
                )
                for piece in record.evidence
            ],
        )
        for record in records
    ]


def _row(
    each: PlacedLeaving,
    names: dict[str, str],
    people: dict[str, str],
    titles: dict[str, str],
    jobs: dict[str, str],
) -> Row:
    leaving = each.leaving
    given = leaving.survey or leaving.stated
    told = [one for one in (leaving.interview, leaving.survey, leaving.stated) if one]
    followed = leaving.followed_up
    next_job, rival = next_job_of(leaving, STATED)
    return Row(
        account_id=each.account_id,
        name=names.get(each.account_id, each.account_id),
        decided_on=each.decided_on,
        mrr=words.money(leaving.mrr_minor),
        plan=each.plan,
        visit_id=next((one.visit_id for one in told if one.visit_id), ""),
        said=titles.get(given.code, given.code) if given else "",
        followed_up=_followed(followed, titles) if followed else "",
        text=next((one.text for one in told if one.text), ""),
        next_job=rival or jobs.get(next_job, next_job),
        seen=seen_of(leaving.inferred[:SEEN_SHOWN], titles, people),
        is_contradicted=leaving.contradiction is not None,
    )


def _followed(record: ReasonRecord, titles: dict[str, str]) -> str:
    """The answer in words, and the reason that it comes to."""
    answer, title = words.option_title(record), titles.get(record.code, record.code)
    return f"{title}: {answer}" if answer and answer != title else title
