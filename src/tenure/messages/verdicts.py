"""What is to become of held messages now, and why: one verdict each. Writes nothing."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tenure.base.home import Home
from tenure.messages.attention import Attention, held_of
from tenure.messages.fatigue import Spent, Week, Wish, allowance_of, place, spent_in_window
from tenure.messages.hours import next_open
from tenure.messages.ledger import NOT_TO_BE_ASKED, TOO_LATE
from tenure.messages.models import Channel, Message, Status
from tenure.messages.origin import Origin
from tenure.messages.reach_settings import Reach
from tenure.messages.same_words import AGAIN, SAME, SaidBefore, has_reached
from tenure.messages.suppression import refusals
from tenure.messages.volume import Stop, Volumes
from tenure.proof.assignment import HOLD_OUT

HELD_MOST = timedelta(days=14)  # what states no deadline is of use so long
LOOK_AGAIN = timedelta(days=1)  # at what waits for a person of ours, who wakes it when they act
# The planner's words. Each with its figures: a sentence is made of them where it is shown.
RELEASED, CONTROL, QUIET, FATIGUE = "released", "control", "quiet_hours", "fatigue"
ACCOUNT_FATIGUE = "account_fatigue"
LATE, OFF, UNASKED, ADDRESS, PLAY_OFF, STOPPED = (
    "too_late", "switched_off", "not_to_be_asked", "address", "play_off", "stopped",
)  # fmt: skip
WAITS_FOR_US = (PLAY_OFF, STOPPED)
_SAID = "the same words went to them already"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one message. `because` has a code and what it was decided by."""

    message: Message
    status: str
    because: Mapping[str, Any]
    points: int = 0
    next_at: datetime | None = None
    valid_until: datetime | None = None
    why: str = ""  # of what is withheld, in plain words for the ledger
    stop: Stop | None = None  # its step has to be stopped

    @property
    def alike(self) -> tuple[object, ...]:
        """Verdicts of which this is equal are written at once."""
        because = msgspec.json.encode(self.because, order="sorted")
        times = (self.next_at, self.valid_until)
        return self.status, because, self.points, times, self.why

    @property
    def is_news(self) -> bool:
        """Whether it is another word than the one before, or the last, and not the plain first."""
        before = self.message.because.get("code", "")
        is_plain = self.status in (Status.READY, Status.CONTROL) and not before
        is_other = self.because.get("code", "") != before or self.status == Status.SUPPRESSED
        return is_other and not is_plain


def verdicts_of(
    home: Home, due: Sequence[Message], reach: Reach, origin: Origin, now: datetime
) -> list[Verdict]:
    """One for each message that is due; beside them those that are held and may go at once."""
    return _Deciding(home, due, reach, origin, now).run()


@dataclass(slots=True)
class _Taken:
    """The attention of one person that is gone: in truth, and but for chance, by play."""

    real: list[Spent]
    left_alone: defaultdict[str, list[Spent]] = field(default_factory=lambda: defaultdict(list))


class _Deciding:
    def __init__(
        self, home: Home, due: Sequence[Message], reach: Reach, origin: Origin, now: datetime
    ) -> None:
        self.due, self.reach, self.origin, self.now = due, reach, origin, now
        self.attention = Attention(home, due, reach, now)
        self.said_before = SaidBefore(self.attention, due, now)
        self.volumes = Volumes(origin, reach, now)
        self.refused = refusals(each.recipient for each in due if each.recipient)
        self._owed: set[int] = set()
        self._accounts: dict[str, _Taken] = {}  # by account, for all of its people together

    def run(self) -> list[Verdict]:
        found: list[Verdict] = []
        open_: list[Message] = []
        for message in self.due:
            verdict = self._before_planning(message)
            if verdict is None:
                open_.append(message)
            else:
                found.append(verdict)
        competing = [each for each in held_of(self.attention, self.due) if _competes(each)]
        self._owed = {each.pk for each in [*open_, *competing] if not each.topic}
        by_person: defaultdict[str, list[Message]] = defaultdict(list)
        for message in [*open_, *competing]:
            by_person[self.attention.person(message)].append(message)
        is_due = {each.pk for each in open_}
        for message in by_person.pop("", []):
            found.append(self._go(message, {}))
        # Where a whole account has an allowance, its people are served by what matters most.
        for person, several in sorted(by_person.items(), key=self._best):
            twice = self._said_twice(several, is_due)
            found += twice.values()
            left = [each for each in several if each.pk not in twice]
            found += self._plan(person, left, is_due)
        return found

    def _said_twice(self, several: Sequence[Message], is_due: set[int]) -> dict[int, Verdict]:
        """Those of one person's messages that are due and say what another says to them."""
        found = {}
        for message in several:
            if message.pk in is_due and (other := self.said_before.same_as(message, several)):
                because = {"code": SAME, "play": other.play, "message": other.pk}
                found[message.pk] = (
                    self._withheld(message, because, _SAID)
                    if has_reached(other)
                    else self._held(message, because, self.now + AGAIN)
                )
        return found

    def _before_planning(self, message: Message) -> Verdict | None:
        """What needs no plan: it is of no use, not wanted, or a person of ours has to act."""
        now = self.now
        lost_at = _lost_at(message)
        if lost_at <= now:
            waited = message.because.get("code", "")
            because = {"code": LATE, "waited_for": waited} if waited else {"code": LATE}
            return self._withheld(message, because, TOO_LATE)
        if self.attention.has_switched_off(message):
            because = {"code": OFF, "topic": message.topic}
            return self._withheld(message, because, f"switched off: {message.topic}")
        if self.attention.is_not_to_be_asked(message):
            return self._withheld(message, {"code": UNASKED}, NOT_TO_BE_ASKED)
        refused = self.refused.get(message.recipient.lower()) if message.recipient else None
        if refused is not None and message.channel == Channel.MAIL:
            because = {"code": ADDRESS, "kind": refused.kind}
            return self._withheld(message, because, f"the address is suppressed: {refused.because}")
        if message.play and self.origin.is_off(message.play):
            return self._held(message, {"code": PLAY_OFF}, now + LOOK_AGAIN)
        if stop := self.volumes.stop_of(message):
            held = self._held(message, {"code": STOPPED, **stop.figures}, now + LOOK_AGAIN)
            return replace(held, stop=stop)
        return None

    def _plan(self, person: str, several: Sequence[Message], is_due: set[int]) -> list[Verdict]:
        """One person's messages, in their order, each at the first moment that is left for it."""
        by_key = {each.pk: each for each in several}
        taken = _Taken(self.attention.spent(person))
        for play in {each.play for each in several if each.arm == HOLD_OUT}:
            without = len(taken.real)
            taken.left_alone[play] = self.attention.spent(person, play)[without:]
        found = []
        for wish in sorted(map(self._wish, several), key=self._rank):
            message = by_key[wish.key]
            at = self._place(message, wish, taken)
            if at is not None:
                self._take(message, Spent(at, wish.points), taken)
            if message.pk in is_due:
                found.append(self._planned(message, wish, at, taken))
            elif at == self.now:
                # Its time has come sooner than was thought: the next round lets it go.
                found.append(self._held(message, message.because, self.now))
        return found

    def _wish(self, message: Message) -> Wish:
        zone, hours = self.attention.zone(message), self.reach.hours
        has_hours = message.channel == Channel.MAIL
        opens: Callable[[datetime], datetime] = (
            (lambda at: next_open(at, zone, hours)) if has_hours else (lambda at: at)
        )
        return Wish(
            key=message.pk,
            points=self.reach.points_of_message(message),
            priority=message.priority,
            since=message.intended_at,
            opens=opens,
            lost_at=_lost_at(message),
        )

    def _best(self, theirs: tuple[str, list[Message]]) -> tuple[object, ...]:
        if not self.reach.points_a_week_account:
            return ()
        return min(self._rank(self._wish(each)) for each in theirs[1])

    def _rank(self, wish: Wish) -> tuple[object, ...]:
        return wish.key not in self._owed, *wish.rank

    def _place(self, message: Message, wish: Wish, taken: _Taken) -> datetime | None:
        if not message.topic:
            # What somebody is owed counts and is never capped. It waits for their day only where
            # it says until when it is of use, and the day comes in time.
            at = wish.opens(self.now) if message.valid_until is not None else self.now
            return at if wish.lost_at is not None and at < wish.lost_at else self.now
        return place(wish, self._weeks(message, taken), self.now)

    def _weeks(self, message: Message, taken: _Taken) -> list[Week]:
        """The weeks that it has to fit in: the person's, and where it has one the account's."""
        spent = [*taken.real, *self._left_alone(message, taken)]
        person = self.attention.person(message)
        play = message.play if message.arm == HOLD_OUT else ""
        reach, ignored = self.reach, self.attention.ignored(person, play)
        least = reach.points_of(Channel.MAIL)
        allowance = allowance_of(reach.points_a_week, ignored, reach.halves_after, least)
        weeks = [Week(spent, allowance)]
        if reach.points_a_week_account and message.account_id:
            whole = self._taken_of_account(message)
            theirs = [*whole.real, *self._left_alone(message, whole)]
            weeks.append(Week(theirs, reach.points_a_week_account))
        return weeks

    def _taken_of_account(self, message: Message) -> _Taken:
        account = self.attention.account(message)
        if account not in self._accounts:
            self._accounts[account] = _Taken(self.attention.spent_by_account(message))
        whole = self._accounts[account]
        if message.arm == HOLD_OUT and message.play not in whole.left_alone:
            without = len(self.attention.spent_by_account(message))
            with_chance = self.attention.spent_by_account(message, message.play)
            whole.left_alone[message.play] = with_chance[without:]
        return whole

    def _take(self, message: Message, spent: Spent, taken: _Taken) -> None:
        both = [taken]
        if self.reach.points_a_week_account and message.account_id:
            both.append(self._taken_of_account(message))
        for each in both:
            if message.arm == HOLD_OUT:
                each.left_alone[message.play].append(spent)
            else:
                each.real.append(spent)

    def _left_alone(self, message: Message, taken: _Taken) -> list[Spent]:
        return taken.left_alone[message.play] if message.arm == HOLD_OUT else []

    def _planned(self, message: Message, wish: Wish, at: datetime | None, taken: _Taken) -> Verdict:
        weeks = self._weeks(message, taken)
        spent = spent_in_window(weeks[0].taken, self.now)
        figures = {
            "points": wish.points,
            "spent": spent - (wish.points if at == self.now else 0),
            "allowance": weeks[0].allowance,
            "zone": self.attention.zone(message).key,
        }
        if weeks[0].allowance < self.reach.points_a_week:
            figures["whole"] = self.reach.points_a_week
        if at == self.now:
            return self._go(message, figures, wish.points)
        opens = wish.opens(self.now)
        if at is not None and at == opens:
            because = {"code": QUIET, "until": at.isoformat(), "zone": figures["zone"]}
            return self._held(message, because, at, wish.points)
        if opens >= _lost_at(message):  # their night alone keeps it from being in time
            because = {"code": QUIET, "until": None, "zone": figures["zone"]}
            return self._held(message, because, opens, wish.points)
        until = at.isoformat() if at is not None else None
        because = {"code": FATIGUE, "until": until, **figures}
        others = list(weeks[0].taken)
        if at is not None:
            others.remove(Spent(at, wish.points))  # its own place, which it took just now
        if len(weeks) > 1 and Week(others, weeks[0].allowance).has_room(opens, wish.points):
            account = {
                "spent": spent_in_window(weeks[1].taken, self.now), "allowance": weeks[1].allowance
            }  # fmt: skip
            because |= {"code": ACCOUNT_FATIGUE, **account}
        return self._held(message, because, at or _lost_at(message), wish.points)

    def _go(self, message: Message, figures: Mapping[str, Any], points: int = 0) -> Verdict:
        if message.arm == HOLD_OUT:
            return Verdict(message, Status.CONTROL, {"code": CONTROL, **figures}, points)
        return Verdict(message, Status.READY, {"code": RELEASED, **figures}, points)

    def _held(
        self, message: Message, because: Mapping[str, Any], next_at: datetime, points: int = 0
    ) -> Verdict:
        lost_at = _lost_at(message)
        points = points or self.reach.points_of_message(message)
        return Verdict(
            message, Status.HELD, because, points, min(next_at, lost_at), valid_until=lost_at
        )

    def _withheld(self, message: Message, because: Mapping[str, Any], why: str) -> Verdict:
        points = self.reach.points_of_message(message)
        return Verdict(message, Status.SUPPRESSED, because, points, why=why)


def _lost_at(message: Message) -> datetime:
    return message.valid_until or message.intended_at + HELD_MOST


def _competes(message: Message) -> bool:
    """Whether what is held may take a place: not what waits for a person of ours, or only for the
    case that another does not go."""
    return message.because.get("code") not in (*WAITS_FOR_US, SAME)
