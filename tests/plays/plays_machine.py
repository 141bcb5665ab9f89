"""Anything that can happen to plays and their messages, in any order: a state machine.

As a program it runs on the state that the environment names: `EXAMPLES STEPS SEED`.
"""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import django

if __name__ == "__main__":
    django.setup()

from commit_points import CommitPoints
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import Q
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from small_company import (
    ACCOUNTS,
    BEGINS,
    DEADLINE,
    ENTERED_BY,
    LEFT_ALONE,
    PLAYS,
    SAYING,
    declare,
    event,
    go_on,
    on_the_card,
    settle,
    still_open,
    turn_off,
    turn_on,
    wrong_with,
)

from tenure.base.errors import Conflict
from tenure.card.models import AccountCard
from tenure.customers.forgetting import forget, ids_to_forget
from tenure.customers.merging import canonical_id, merge, unmerge
from tenure.messages.answers import AGAIN, FAILED, SENT, UNKNOWN, Answer
from tenure.messages.consent import say
from tenure.messages.counting import balances
from tenure.messages.forgetting import forget_in_messages
from tenure.messages.models import Message, Status
from tenure.messages.resolving import resolve_as_sent, unsure_messages
from tenure.messages.sending import send_due
from tenure.messages.volume import let_go_on, stopped_steps
from tenure.plays.following import follow_plays, hear
from tenure.plays.forgetting import forget_in_plays
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.models import Enrolment
from tenure.plays.switching import plays_on
from tenure.proof.forgetting import forget_in_proof
from tenure.tasks.forgetting import forget_in_tasks

PEOPLE = {person: account for account, person in ACCOUNTS.items()}
EVENTS = [*ENTERED_BY.values(), "Project Created", "Report Shared", "Left"]
# The last word on a message, whatever comes after it; what is unsure a person may settle.
FINAL = {"sent", "failed", "suppressed", "control", "expired"}
OVER = FINAL | {"unknown"}
DIES = "dies"  # the sender, while it holds the connection
ANSWERS = {
    "250": Answer(SENT, "250"),
    "451": Answer(AGAIN, "451"),
    "421": Answer(AGAIN, "421", is_down=True),
    "550": Answer(FAILED, "550", refuses_recipient=True),
    "554": Answer(FAILED, "554"),
    "dropped": Answer(UNKNOWN, "no answer"),
}
accounts, people = st.sampled_from(sorted(ACCOUNTS)), st.sampled_from(sorted(PEOPLE))
plays = st.sampled_from(sorted(PLAYS))
answers = st.lists(st.sampled_from([*ANSWERS, "250", "250", DIES]), min_size=6, max_size=6)
deaths = st.tuples(*(st.one_of(st.just(0), st.integers(1, 14)) for _ in range(3)))
passes = st.sampled_from(["catch_up", "go_on", "send"])


class Died(BaseException):
    """A worker that is gone: nothing in it may catch this."""


class PlaysMachine(RuleBasedStateMachine):
    """The company of `small_company`, and what must never be so of it."""

    came_to: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.home, self.now = django_settings.TENURE_HOME, BEGINS
        settle(self.home)
        self.happened: list[dict[str, object]] = []  # as the lake would have it
        self.heard = dict.fromkeys(PLAYS, 0)  # so many of these by each play
        self.due: set[tuple[str, str]] = set()  # who has to be in which play, once heard
        self.on, self.version = dict.fromkeys(PLAYS, BEGINS), dict.fromkeys(PLAYS, 0)
        self.words: list[tuple[str, str, bool]] = []  # of consent, the last one holds
        self.refused: set[str] = set()  # addresses
        self.forgotten: set[str] = set()
        self.without: set[str] = set()  # enrolments of which a message is forgotten
        self.forgot_at = 0
        self.handed: Counter[int] = Counter()
        self.may_have: set[int] = set()  # messages that may have arrived
        self.got: Counter[tuple[str, str, str]] = Counter()  # address, play, step
        self.before: dict[int, str] = {}  # each message's state after the last rule
        self.gone = 0  # enrolments that were forgotten
        self.deepest = 0

    @initialize(who=st.sets(people, min_size=2))
    def some_come_in(self, who: set[str]) -> None:
        for person in sorted(who):
            for name in ENTERED_BY.values():
                self.somebody_does(person, name, 0)
        self.catch_up()
        self.go_on()

    # What happens outside.

    @rule(person=people, name=st.sampled_from(EVENTS), ago=st.sampled_from([0, 0, 3, 30]))
    def somebody_does(self, person: str, name: str, ago: int) -> None:
        if person in self.forgotten or PEOPLE[person] in self.forgotten:
            return
        at = self.now - timedelta(hours=ago)
        self.happened.append(event(name, PEOPLE[person], person, at, len(self.happened)))
        for play in self.on:  # it is on since before this happened, or hears nothing of it
            if ENTERED_BY[play] == name and self.on[play] <= at:
                self.due.add((play, person if play == "hello" else PEOPLE[person]))

    @rule(hours=st.sampled_from([0.1, 1, 5, 14, 26, 50, 24 * 9]))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule(account=accounts, plan=st.sampled_from(["Free", "Team", "Pro"]), days=st.integers(0, 9))
    def card_changes(self, account: str, plan: str, days: int) -> None:
        if AccountCard.objects.filter(pk=account).exists():
            ends_on = str((self.now + timedelta(days=days)).date())
            on_the_card(account, plan=plan, trial_ends_on=ends_on)

    @rule(person=people, topic=st.sampled_from(["tips", "news", "*"]), is_granted=st.booleans())
    def somebody_says(self, person: str, topic: str, is_granted: bool) -> None:
        if person not in self.forgotten:
            say(person, topic, is_granted=is_granted, how="page", now=self.now)
            self.words.append((person, topic, is_granted))

    # What whoever runs it does.

    @rule(play=plays)
    def play_off(self, play: str) -> None:
        if play in self.on:
            turn_off(play, self.now)
            del self.on[play]
            self.due = {each for each in self.due if each[0] != play}

    @rule(play=plays)
    def play_on(self, play: str) -> None:
        turn_on(self.home, play, self.now)
        if play not in self.on:
            self.on[play], self.heard[play] = self.now, len(self.happened)

    @rule(play=plays, version=st.integers(0, 1))
    def play_edited(self, play: str, version: int) -> None:
        declare(play, version, self.now)
        self.version[play] = version

    @rule()
    def stopped_steps_go_on(self) -> None:
        for each in stopped_steps():
            let_go_on(each.play, each.step, now=self.now, by="x")

    @rule()
    def unsure_is_settled(self) -> None:
        for message in unsure_messages()[:1]:
            resolve_as_sent(message.key, now=self.now, by="x")
            self.before[message.pk] = "sent"

    @rule(kind=st.sampled_from(["account", "person"]), data=st.data())
    def two_are_one(self, kind: str, data: st.DataObject) -> None:
        known = sorted((set(ACCOUNTS) if kind == "account" else set(PEOPLE)) - self.forgotten)
        if len(known) > 1:
            loser, winner = data.draw(st.permutations(known), label="merged")[:2]
            try:
                merge(kind, loser, winner, now=self.now, by="x")
            except Conflict:
                return

    @rule(account=accounts)
    def taken_apart(self, account: str) -> None:
        if canonical_id("account", account) != account:
            unmerge("account", account, now=self.now, by="x")

    @rule(kind=st.sampled_from(["account", "person"]), data=st.data())
    def somebody_is_forgotten(self, kind: str, data: st.DataObject) -> None:
        known = sorted((set(ACCOUNTS) if kind == "account" else set(PEOPLE)) - self.forgotten)
        if not known:
            return
        subject = data.draw(st.sampled_from(known), label="forgotten")
        self.catch_up()  # forgetting waits for all that has arrived
        was = Enrolment.objects.count()
        of = dict(Message.objects.values_list("pk", "enrolment"))
        ids = ids_to_forget(kind, subject)
        those = (ids.account_keys, ids.user_ids)
        # A person stays whose account is forgotten; that they were in a play for it does not.
        of_account = Q(account_id__in=ids.account_keys) | Q(raw_account_id__in=ids.account_keys)
        rows = Enrolment.objects.filter(of_account, over="person")
        with_it = set(rows.values_list("play", "subject_id"))
        self.due = {
            each for each in self.due if (each[0], canonical_id("person", each[1])) not in with_it
        }
        forget_in_plays(*those)
        of_person = Q(subject_id__in=ids.user_ids) | Q(raw_subject_id__in=ids.user_ids)
        left = Enrolment.objects.filter(of_account | Q(of_person, over="person"))
        assert not left.exists(), f"{subject} is forgotten and in {list(left)}"
        forget_in_messages(*those, self.now)
        forget_in_tasks(*those)
        forget_in_proof(ids.account_keys)
        AccountCard.objects.filter(pk__in=ids.account_keys).delete()
        forget(kind, ids)
        self.forgotten |= {*ids.account_keys, *ids.user_ids}
        self.gone += was - Enrolment.objects.count()
        self.without |= {
            of[pk] for pk in Message.objects.filter(enrolment="").values_list("pk", flat=True)
        }
        self.due = {each for each in self.due if each[1] not in self.forgotten}
        self.forgot_at = len(self.happened)

    # What workers do.

    @rule()
    def catch_up(self) -> None:
        follow_plays(self.home, self.now)
        for play in plays_on():
            rows = [_canonical(row) for row in self.happened[self.heard[play.name] :]]
            hear(self.home, play, rows, self.now)
            self.heard[play.name] = len(self.happened)
        self._check_entered()

    @rule()
    def go_on(self) -> None:
        go_on(self.home, self.now)
        held = Message.objects.filter(status=Status.HELD)
        late = [each.key for each in held if each.valid_until and each.valid_until <= self.now]
        assert not late, f"held past their deadline: {late}"

    @rule(said=answers)
    def send(self, said: list[str]) -> None:
        self._send(said)

    @rule(said=answers, person=people, play=plays, what=st.integers(0, 3))
    def send_while_something_happens(
        self, said: list[str], person: str, play: str, what: int
    ) -> None:
        meanwhile = [
            lambda: self.somebody_says(person, "*", False),
            lambda: self.play_off(play),
            lambda: self.go_on(),
            lambda: self._send(["250"]),
        ]
        self._send(said, meanwhile[what])

    @rule(hours=st.sampled_from([1, 14, 26, 50]), said=answers, deaths=deaths)
    def a_worker_works(self, hours: int, said: list[str], deaths: tuple[int, int, int]) -> None:
        """All its passes, and in some it dies at a place between its commits, or before one."""
        self.time_passes(hours)
        for which, at in zip(("catch_up", "go_on", "send"), deaths, strict=True):
            self._disturbed(which, said, CommitPoints(at, self._die))
        self._send(said)

    @rule(which=passes, at=st.integers(1, 12), other=passes)
    def two_at_once(self, which: str, at: int, other: str) -> None:
        """Another worker does its pass between two commits of one."""

        def meanwhile() -> None:
            if points.is_between:
                self._pass(other, [])
            else:
                points.at += 1

        points = CommitPoints(at, meanwhile)
        self._disturbed(which, [], points)

    @rule()
    def all_is_heard_again(self) -> None:
        """As if a pass had been killed before its cursors moved on."""
        for play in self.on:
            self.heard[play] = max(self.forgot_at, self.heard[play] - 5)
        self.catch_up()

    # What has to be so.

    @invariant()
    def all_that_was_meant_is_there_once(self) -> None:
        assert wrong_with(SAYING, self.without) == []
        assert all(balance.adds_up for balance in balances())
        meant = Message.objects.count()
        assert sum(each.intended for each in balances()) == meant
        enrolments = Enrolment.objects.count() + self.gone
        assert enrolments >= self.deepest, "an enrolment is lost"
        self.deepest = enrolments

    @invariant()
    def what_is_over_stays_so(self) -> None:
        now = dict(Message.objects.values_list("pk", "status"))
        assert set(self.before) <= set(now), "a message is lost"
        for pk, was in self.before.items():
            assert was not in OVER or now[pk] == was, f"{pk} was {was} and is {now[pk]}"
        self.before = now

    @invariant()
    def who_is_left_alone_has_no_words(self) -> None:
        alone = Message.objects.filter(arm="hold_out")
        assert not alone.exclude(recipient="", text="", subject="").exists()
        assert not alone.exclude(status__in=("held", "control", "suppressed", "failed")).exists()

    def teardown(self) -> None:
        """In the end nothing waits: all goes on, and a server that takes all is there."""
        if sys.exc_info()[0] is not None:
            return
        for play in PLAYS:
            self.play_on(play)
        for account in AccountCard.objects.values_list("pk", flat=True):
            on_the_card(account, plan="Pro")
        for _ in range(9):
            self.stopped_steps_go_on()
            self.catch_up()
            self.go_on()
            self._send([])
            self.what_is_over_stays_so()
            self.time_passes(101)
        self.all_that_was_meant_is_there_once()
        self.came_to.update(self.before.values())
        self.came_to.update(Enrolment.objects.values_list("ended_because", flat=True))
        left = Enrolment.objects.filter(ended_at=None)
        assert not left.exists(), f"still in a play: {list(left)}"
        assert still_open() == set()
        withheld = Message.objects.filter(status=Status.SUPPRESSED).exclude(key__startswith="forg")
        assert not withheld.filter(why="").exists()

    # How.

    def _pass(self, which: str, said: list[str]) -> None:
        if which == "send":
            self._send(said)
        else:
            {"catch_up": self.catch_up, "go_on": self.go_on}[which]()

    def _die(self) -> None:
        raise Died

    def _disturbed(self, which: str, said: list[str], points: CommitPoints) -> None:
        try:
            with connection.execute_wrapper(points):
                self._pass(which, said)
        except Died:
            return

    def _check_entered(self) -> None:
        for play, subject in self.due:
            kind = "person" if play == "hello" else "account"
            whole = canonical_id(kind, subject)
            rows = Enrolment.objects.filter(play=play)
            assert rows.filter(subject_id=whole).exists(), f"{subject} is not in {play}"

    def _send(self, said: list[str], meanwhile: Callable[[], None] | None = None) -> None:
        transport = Checked(self, said, meanwhile)
        webhook = Checked(self, said)
        try:
            send_due(self.now, {"mail": transport, "webhook": webhook})
        except Died:
            return


def _canonical(row: dict[str, object]) -> dict[str, object]:
    """As `play_event` gives it."""
    account, person = str(row["account_key"]), str(row["user_id"])
    ids = {
        "account_id": canonical_id("account", account),
        "person_id": canonical_id("person", person),
    }
    return {**row, **ids, "segment": None}


class Checked:
    """A transport that answers from a list, and checks whatever it is given."""

    channel = "mail"

    def __init__(
        self, machine: PlaysMachine, said: list[str], meanwhile: Callable[[], None] | None = None
    ) -> None:
        self.machine, self.said, self.meanwhile = machine, list(said), meanwhile

    def send(self, message: Message) -> Answer:
        machine = self.machine
        self._check(message)
        machine.handed[message.pk] += 1
        happens, self.meanwhile = self.meanwhile, None
        word = self.said.pop(0) if self.said else "250"
        if word in ("250", "dropped", DIES):
            machine.may_have.add(message.pk)
            machine.got[message.recipient, message.play, message.step] += 1
        if word == "550" and message.channel == "mail":
            machine.refused.add(message.recipient)
        if happens is not None:
            happens()
        if word == DIES:
            raise Died
        answer = ANSWERS[word]
        return answer if message.channel == "mail" else Answer(answer.what, answer.why)

    def _check(self, message: Message) -> None:
        machine, said = self.machine, f"{message} of {message.play}"
        assert message.pk not in machine.may_have, f"{said} may have arrived before"
        assert message.arm == "treated", f"{said} is of who is left alone"
        assert message.play in machine.on, f"{said} is of a play that is off"
        assert message.valid_until is None or message.valid_until > machine.now, f"{said} is late"
        if message.play == "reports":
            assert message.intended_at + DEADLINE > machine.now, f"{said} is past its deadline"
        [row] = [
            each
            for each in Enrolment.objects.filter(play=message.play)
            if enrolment_of(each) == message.enrolment
        ]
        alone = row.raw_account_id in LEFT_ALONE and message.play != "owed"
        assert not (row.is_kept_back or row.arm == "hold_out" or alone), f"{said}: left alone"
        if message.channel != "mail":
            return
        assert message.recipient not in machine.refused, f"{said}: its address was refused"
        assert message.person_id not in machine.forgotten, f"{said}: forgotten"
        again = machine.got[message.recipient, message.play, message.step]
        assert message.play in ("nudges", "owed") or not again, f"{said}: they had it before"
        assert not self._is_off(message), f"{said}: they switched it off"

    def _is_off(self, message: Message) -> bool:
        """Whether their last word on its topic is no; what they are owed has none."""
        whole = canonical_id("person", message.person_id)
        last = True
        for person, topic, is_granted in self.machine.words:
            if canonical_id("person", person) == whole and topic in (message.topic, "*"):
                last = is_granted
        return bool(message.topic) and not last

    def close(self) -> None:
        """Nothing is open."""


def run(examples: int, steps: int, of_seed: int | None = None) -> set[str]:
    """Where messages came to and how enrolments ended in so many passages; raises what must not be.

    Without a seed the passages are the same each time.
    """
    PlaysMachine.came_to.clear()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=of_seed is None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    machine = PlaysMachine if of_seed is None else seed(of_seed)(PlaysMachine)
    run_state_machine_as_test(machine, settings=chosen)
    return set(PlaysMachine.came_to)


if __name__ == "__main__":
    sys.stdout.write(" ".join(sorted(run(*map(int, sys.argv[1:])))) + "\n")
