"""What a lesson did: who used its feature after it and who is still here, beside accounts like them
that did not take it.

That is an association: nobody chose by chance who takes a lesson, and who takes one differs from
who does not, in more than what is matched here. Where a play sends the lesson and leaves some
accounts alone by chance, its hold-out says what the sending caused; that is beside it.

It takes a second or two of a company of 100,000 accounts, so it is counted in the background, once
a day (`effects_kept.py`), beside some `BESIDE_MOST` accounts that chance chose.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.content.lesson_file import ACCOUNT, Lesson
from tenure.content.lessons import feature_events
from tenure.content.models import LessonProgress
from tenure.customers.models import Account, IdentityLink
from tenure.definitions.folder_text import unpack
from tenure.definitions.store import all_current
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, company_day, reading
from tenure.proof.assignment import HOLD_OUT
from tenure.proof.lift import Lift, lift_of_shares, tally_of_share
from tenure.proof.models import Assignment
from tenure.proof.shares import Share, difference_of_shares, share_of
from tenure.signals.leavings import Spell

ADOPTION_DAYS, RETENTION_DAYS = 30, 90
LEAST = 20  # accounts that took it and were watched long enough: of fewer nothing is said
TAKERS_MOST, DAYS_MOST, BESIDE_MOST = 500, 60, 5_000
AGES = (90, 365)  # days of paying, and days of use in 28, in which accounts are alike
ACTIVITIES = (1, 8, 16)
Outcome = Callable[[str, date], bool | None]
Alike = tuple[int, int]  # classes of age and of activity
_EVERY_PLAY = "plays"  # the experiment of `plays.holding_out.EVERY_PLAY`, a floor above
_TAG = r"\{%-?\s*lesson\b[^%]*\b"


@dataclass(frozen=True, slots=True)
class Compared:
    """Those who took it beside those like them. `difference` (value, low, high) is None where
    nothing may be said, and `missing` is how many more would have to take it, at least."""

    took: Share
    similar: Share
    difference: tuple[float, float, float] | None
    missing: int

    @property
    def is_seen(self) -> bool:
        """The interval leaves out 0."""
        return self.difference is not None and not self.difference[1] <= 0 <= self.difference[2]


@dataclass(frozen=True, slots=True)
class Effect:
    """`finished` accounts finished it. `adoption` is None without a feature; `lifts` are what plays
    that send it caused, by the name of the play."""

    finished: int
    adoption: Compared | None
    retention: Compared
    lifts: Mapping[str, Lift]


@dataclass(frozen=True, slots=True)
class Ground:
    """What effects are read from: who paid when, who first used the feature, who was how active."""

    spells: Mapping[str, Sequence[Spell]]
    first_use: Mapping[str, date]
    active: Mapping[tuple[str, date], int]
    until_on: date  # the first day of which not everything is known

    def alike(self, account: str, on: date) -> Alike | None:
        """What accounts are matched by on a day; None of one that did not pay then."""
        spell = next((each for each in self.spells.get(account, ()) if _holds(each, on)), None)
        if spell is None:
            return None
        age = bisect_right(AGES, (on - spell.starts_on).days)
        return age, bisect_right(ACTIVITIES, self.active.get((account, on), 0))

    def stayed(self, account: str, on: date) -> bool | None:
        """Whether who paid then did so `RETENTION_DAYS` later; None while that is to come."""
        later = on + timedelta(days=RETENTION_DAYS)
        if later >= self.until_on:
            return None
        return any(_holds(each, later) for each in self.spells.get(account, ()))

    def adopted(self, account: str, on: date) -> bool | None:
        """Whether who had not used it by then did within `ADOPTION_DAYS`; None of who had, and
        while it is to come."""
        first = self.first_use.get(account)
        if first is not None and first < on or on + timedelta(ADOPTION_DAYS) >= self.until_on:
            return None
        return first is not None and first <= on + timedelta(days=ADOPTION_DAYS)


def effect_of(home: Home, lesson: Lesson, now: datetime) -> Effect:
    """What the lesson did, as of the last refresh."""
    zone = ZoneInfo(home.company.time_zone)
    events = feature_events(lesson.feature) if lesson.feature else ()
    took, today = taken_on(lesson, zone), company_day(home, now)
    with reading(home, threads=1) as reader:
        if reader.manifest is None:
            return Effect(len(took), None, compared({}, {}), {})
        ground = _ground(reader, events, took, today)
    adoption = compare(took, ground, ground.adopted) if events else None
    lifts = _lifts(lesson.name, lesson.feature, ground, zone) if events else {}
    return Effect(len(took), adoption, compare(took, ground, ground.stayed), lifts)


def taken_on(lesson: Lesson, zone: ZoneInfo) -> dict[str, date]:
    """On which day somebody of each account first finished it."""
    rows = LessonProgress.objects.filter(lesson=lesson.name, finished_at__isnull=False)
    found: dict[str, date] = {}
    for account, at in rows.exclude(account_id="").values_list("account_id", "finished_at"):
        day = at.astimezone(zone).date()
        found[account] = min(day, found.get(account, day))
    return found


def watched(took: Mapping[str, date]) -> list[tuple[date, str]]:
    """Those who took it last, with the day: as many as are looked at."""
    days = set(sorted(set(took.values()))[-DAYS_MOST:])
    return sorted((on, id) for id, on in took.items() if on in days)[-TAKERS_MOST:]


def compare(took: Mapping[str, date], ground: Ground, outcome: Outcome) -> Compared:
    """Those who took it beside all that were alike on that day, paid as well, and never took it:
    each kind of account weighed as it is among those who took it. Pure."""
    theirs: defaultdict[Alike, list[bool]] = defaultdict(list)
    seen_on: set[date] = set()
    beside: defaultdict[Alike, dict[str, bool]] = defaultdict(dict)
    for on, account in watched(took):
        came, alike = outcome(account, on), ground.alike(account, on)
        if came is None or alike is None:
            continue
        theirs[alike].append(came)
        if on not in seen_on:
            seen_on.add(on)
            for other, kind, did in _others_on(ground, on, took, outcome):
                beside[kind].setdefault(other, did)  # each account once, on the first day
    known = {alike: came for alike, came in theirs.items() if beside[alike]}
    return compared(known, {alike: list(beside[alike].values()) for alike in known})


def compared(theirs: Mapping[Alike, list[bool]], beside: Mapping[Alike, list[bool]]) -> Compared:
    """The two shares, and their difference where enough were watched."""
    came = [each for part in theirs.values() for each in part]
    took = share_of(sum(came), len(came))
    similar = _weighed(beside, {alike: len(part) / took.of for alike, part in theirs.items()})
    missing = max(0, LEAST - min(took.of, similar.of))
    difference = None if missing else difference_of_shares(took, similar)
    return Compared(took, similar, difference, missing)


def _weighed(beside: Mapping[Alike, list[bool]], weights: Mapping[Alike, float]) -> Share:
    """A share of several kinds of accounts, each with its weight. Its interval is that of a share
    of as many accounts as would be as sure."""
    of = sum(map(len, beside.values()))
    if not of:
        return share_of(0, 0)
    value, variance = 0.0, 0.0
    for alike, came in beside.items():
        share, cautious = sum(came) / len(came), (sum(came) + 1) / (len(came) + 2)
        value += weights[alike] * share
        variance += weights[alike] ** 2 * cautious * (1 - cautious) / len(came)
    middle = (value * of + 1) / (of + 2)
    as_sure = max(1, min(of, round(middle * (1 - middle) / variance)))
    like = share_of(round(value * as_sure), as_sure)
    assert like.low is not None and like.high is not None
    return Share(round(value * of), of, value, min(like.low, value), max(like.high, value))


def _others_on(
    ground: Ground, on: date, took: Mapping[str, date], outcome: Outcome
) -> Iterable[tuple[str, Alike, bool]]:
    for account in ground.spells:
        alike, did = ground.alike(account, on), outcome(account, on)
        if account not in took and alike is not None and did is not None:
            yield account, alike, did


def _ground(
    reader: Reader, events: Collection[str], took: Mapping[str, date], today: date
) -> Ground:
    """What is asked of those who took it and of some others, chosen by the digest of their id."""
    chosen = watched(took)
    days = sorted({on for on, _ in chosen})
    among = {"below": _below(BESIDE_MOST / max(1, Account.objects.count()))}
    among["accounts"] = [id for _, id in chosen]
    used = reader.rows(load("tenure.content", "feature_first_use"), names=list(events))
    active = reader.rows(load("tenure.content", "days_active"), days=days, **among) if days else []
    changed = reader.rows(load("tenure.content", "paying_change"), until_on=today, **among)
    return Ground(
        _spells((str(row["account_id"]), row["changed_on"], row["is_paying"]) for row in changed),  # type: ignore[misc]
        {str(row["account_id"]): row["first_on"] for row in used},  # type: ignore[misc]
        {(str(row["account_id"]), row["on_day"]): row["active_days"] for row in active},  # type: ignore[misc]
        today,
    )


def _below(share: float) -> str:
    """The digests of so large a share of all accounts begin below this."""
    return "g" if share >= 1 else f"{int(share * 16**8):08x}"


def _spells(changed: Iterable[tuple[str, date, bool]]) -> dict[str, list[Spell]]:
    """From when until when each account paid, of the days on which that changed, in their order."""
    found: defaultdict[str, list[Spell]] = defaultdict(list)
    for account, on, is_paying in changed:
        if is_paying:
            found[account].append(Spell(account, on, None, None, None))
        elif found[account]:
            found[account][-1] = replace(found[account][-1], ended_on=on)
    return dict(found)


def _holds(spell: Spell, on: date) -> bool:
    return spell.starts_on <= on and (spell.ended_on is None or on < spell.ended_on)


# --- what a play that sends it caused


def plays_with(name: str, feature: str) -> list[str]:
    """The plays in force whose mails name the lesson, or its feature."""
    asked = [rf'name:\s*["\']{re.escape(name)}["\']']
    if feature:
        asked.append(rf'feature:\s*["\']{re.escape(feature)}["\']')
    pattern = re.compile(_TAG + "(?:" + "|".join(asked) + ")")
    return [
        each.name
        for each in all_current("play")
        if any(pattern.search(text) for text in unpack(each.text, each.where).values())
    ]


def _lifts(name: str, feature: str, ground: Ground, zone: ZoneInfo) -> dict[str, Lift]:
    return {play: _lift(play, ground, zone) for play in plays_with(name, feature)}


def _came_in(play: str) -> dict[str, tuple[str, float, datetime]]:
    """In which arm each account was, with which chance, since when; of those that were merged the
    first counts. Without those that all plays leave alone: they were sent nothing in either arm."""
    whole = dict(
        IdentityLink.objects.filter(kind=ACCOUNT)
        .exclude(canonical_id="")
        .values_list("raw_id", "canonical_id")
    )
    kept_back = Assignment.objects.filter(experiment=_EVERY_PLAY, arm=HOLD_OUT)
    left_alone = {whole.get(id, id) for id in kept_back.values_list("account_id", flat=True)}
    found: dict[str, tuple[str, float, datetime]] = {}
    rows = Assignment.objects.filter(experiment=f"play:{play}").order_by("exposed_at", "pk")
    for id, *told in rows.values_list("account_id", "arm", "share", "exposed_at"):
        account = whole.get(id, id)
        if account not in left_alone:
            found.setdefault(account, tuple(told))
    return found


def _lift(play: str, ground: Ground, zone: ZoneInfo) -> Lift:
    """Of all who came into the play, as chance had it: who took up the feature."""
    parts: defaultdict[tuple[str, float], list[bool]] = defaultdict(list)
    for account, (arm, share, exposed_at) in _came_in(play).items():
        came = ground.adopted(account, exposed_at.astimezone(zone).date())
        if came is not None and 0 < share < 1:
            parts[arm, share].append(came)
    tallies = {
        is_held: [
            tally_of_share(sum(came), len(came), share)
            for (arm, share), came in sorted(parts.items())
            if (arm == HOLD_OUT) is is_held
        ]
        for is_held in (True, False)
    }
    return lift_of_shares(tallies[False], tallies[True])
