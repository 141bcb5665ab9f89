"""A company of five accounts with three plays that are on, and what has to be so of them whatever
happened.

    reports   over accounts, once: mail, wait for a morning, banner, wait for an event, mail, task,
              webhook, trait; with deadline, exit, goal and hold-out
    nudges    over accounts, after each exit again: goes round while the plan is Free
    hello     over people, once: two mails
    owed      over accounts, every time: owed, so nobody is left out

acme and beta are treated, gamma is left alone by the plays, delta by the long-term hold-out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from django.apps import apps
from django.conf import settings

from tenure.app.worker import ship_all
from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.customers.models import Account, Membership, Person
from tenure.customers.publishing import publish_links
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import pack_events
from tenure.messages.in_app.waiting import expire
from tenure.messages.models import Message, Status
from tenure.plays.dates import enter_due_dates
from tenure.plays.following import follow_plays, switch_on
from tenure.plays.in_force import play_named
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.models import Enrolment
from tenure.plays.replay_summary import note_replay
from tenure.plays.replaying import Replay
from tenure.plays.switching import switch
from tenure.plays.tally import Tally, counted_anew, tallies
from tenure.plays.turning import go_on_due
from tenure.proof.models import Assignment
from tenure.tasks.models import Task

BEGINS = datetime(2026, 3, 6, 15, tzinfo=UTC)  # two days before clocks in New York go on
ZONES = {
    "ada": "America/New_York", "bob": "Pacific/Auckland", "cai": "UTC", "dee": "America/Sao_Paulo",
    "eve": "UTC",
}  # fmt: skip
ACCOUNTS = {"acme": "ada", "beta": "bob", "gamma": "cai", "delta": "dee", "alone": "eve"}
LEFT_ALONE = {"gamma", "delta"}
REACH = """
[plays]
app_url = "https://app.example.com"
[webhook]
url = "https://hooks.example.com/tenure"
[reach]
quiet_from = "21:00"
quiet_until = "08:00"
points_a_week = 9
at_least = 6
"""
MANY_AT_ONCE = REACH.replace("at_least = 6", "at_least = 500")
HEAD = """
title = "A play"
topic = "{topic}"
{more}
[entry]
event = "{event}"
again = "{again}"
[goal]
event = "Report Shared"
within_days = 30
"""
REPORTS = (
    HEAD.format(topic="tips", more="", event="Report Exported", again="never")
    + """
[exit]
where = "plan = 'Team'"
events = ["Left"]
[hold_out]
share = 0.5
[deadline]
hours = 48
[[step]]
name = "welcome"
mail = "01-welcome"
[[step]]
name = "morning"
wait = { days = 2, until = "09:00", in = "person" }
[[step]]
name = "show"
in_app = "02-show"
kind = "banner"
for_days = 3
[[step]]
name = "project"
wait = { event = "Project Created", at_most_days = 3, else = "stuck" }
[[step]]
name = "praise"
mail = "01-welcome"
goes_to = "call"
[[step]]
name = "stuck"
mail = "01-welcome"
valid_until = "trial_ends_on"
[[step]]
name = "call"
task = { title = { en = "Call them" }, within_days = 2 }
[[step]]
name = "tell"
webhook = { to = "webhook", columns = ["mrr_minor"] }
[[step]]
name = "wish"
set = { plan_wish = "Team" }
"""
)
NUDGES = (
    HEAD.format(topic="news", more="priority = 80", event="Nudged", again="after_exit")
    + """
[exit]
where = "plan = 'Team'"
[hold_out]
share = 0.5
[[step]]
name = "nudge"
mail = "01-welcome"
[[step]]
name = "rest"
wait = { hours = 30 }
[[step]]
name = "again"
branch = [{ where = "plan = 'Free'", to = "nudge" }]
[[step]]
name = "last"
mail = "01-welcome"
"""
)
HELLO = (
    HEAD.format(topic="tips", more='over = "person"', event="Signed In", again="never")
    + """
[hold_out]
share = 0.5
[[step]]
name = "hello"
mail = "01-welcome"
[[step]]
name = "days"
wait = { days = 4 }
[[step]]
name = "bye"
mail = "01-welcome"
"""
)
OWED = HEAD.format(
    topic="tips", more='purpose = "transactional"', event="Invoice Failed", again="every_time"
) + """
[[step]]
name = "notice"
mail = "01-welcome"
"""  # fmt: skip
# Each with a version that it may be edited to.
PLAYS = {
    "reports": (
        REPORTS,
        REPORTS.replace("{ days = 2, u", "{ days = 1, u").replace('name = "stuck"', 'name = "lost"')
        .replace('else = "stuck"', 'else = "lost"').replace("[goal]", '[moved]\nstuck = "lost"\n[goal]'),
    ),
    "nudges": (NUDGES, NUDGES.replace("hours = 30", "hours = 4")),
    "hello": (HELLO, HELLO.replace("days = 4", "days = 1")),
    "owed": (OWED, OWED + '[[step]]\nname = "call"\ntask = { title = { en = "Call" } }\n'),
}  # fmt: skip
ENTERED_BY = {"reports": "Report Exported", "nudges": "Nudged", "hello": "Signed In",
              "owed": "Invoice Failed"}  # fmt: skip
DEADLINE = timedelta(hours=48)  # of reports
MAIL = """+++
subject = "{{ account.name | default: 'You' }} and reports"
[defaults]
person.first_name = "there"
[action]
label = "Open it"
link = "{{ links.app }}/reports"
+++
Hello {{ person.first_name }}, this is what reports can do for you.
"""
BANNER = """+++
title = "Reports come by themselves"
[button]
label = "Open reports"
link = "{{ links.app }}/reports"
+++
Two minutes are enough.
"""
WORDS = {"01-welcome.en.md": MAIL, "02-show.en.md": BANNER}
STATE = ("plays", "tenure_messages", "proof", "tasks", "card", "customers")


def declare(name: str, version: int, now: datetime) -> None:
    """A version of a play is in force; it reaches people once it is switched on."""
    text = PLAYS[name][version]
    words = {file: said for file, said in WORDS.items() if file[:-6] in text}
    put_in_force(
        "play", name, pack({"play.toml": text} | words, "play.toml", name), now=now, by="x"
    )


def turn_on(home: Home, name: str, now: datetime) -> None:
    """As after a replay in which nobody came in."""
    play = play_named(name)
    note_replay(Replay(name, play.digest, now.date(), now.date(), (), {}), now)
    switch_on(home, name, now=now, by="x")


def turn_off(name: str, now: datetime) -> None:
    switch(name, is_on=False, now=now, by="x")


def settle(
    home: Home,
    accounts: Mapping[str, str] = ACCOUNTS,
    plays: Iterable[str] = PLAYS,
    moods: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """The company as it begins; whatever was before is gone, but for the lake.

    `accounts` have one person each; a person's mood begins the address, for `smtp_sink`.
    """
    for label in STATE:
        for model in apps.get_app_config(label).get_models():
            model.objects.all().delete()
    home.settings_file.write_text(REACH)
    seen = {"created_at": BEGINS, "first_seen_at": BEGINS}
    for account_id, person_id in accounts.items():
        account = Account.objects.create(account_id=account_id, name=account_id, **seen)
        person = Person.objects.create(
            person_id=person_id,
            email=f"{moods.get(person_id, person_id)}@{account_id}.example",
            traits={"time_zone": ZONES.get(person_id, "UTC")},
            **seen,
        )
        Membership.objects.create(
            raw_person_id=person_id, raw_account_id=account_id, person=person, account=account,
            since_at=BEGINS, known_at=BEGINS,
        )  # fmt: skip
        on_the_card(account_id, plan="Free")
        _draw(account_id)
    for name in plays:
        declare(name, 0, BEGINS)
        turn_on(home, name, BEGINS)


def on_the_card(account_id: str, **values: object) -> None:
    """What the card says from now on."""
    row, _ = AccountCard.objects.get_or_create(account_id=account_id, defaults={"status": "free"})
    AccountCard.objects.filter(pk=row.pk).update(values={**row.values, **values})


def _draw(account_id: str) -> None:
    """The arms, as chance may have it."""
    for name in ("plays", *(f"play:{play}" for play in PLAYS)):
        is_out = (account_id == "delta") if name == "plays" else (account_id == "gamma")
        arm = "hold_out" if is_out and name != "play:owed" else "treated"
        Assignment.objects.create(
            experiment=name, account_id=account_id, arm=arm, share=0.5, exposed_at=BEGINS
        )


def event(
    name: str, account: str, person_id: str, at: datetime, number: object
) -> dict[str, object]:
    """A row of EVENT: somebody of an account did something; the same number is the same event."""
    return {
        "message_id": f"{number}", "source": "web", "type": "track", "name": name,
        "occurred_at": at, "known_at": at, "received_at": at, "user_id": person_id,
        "account_key": account,
    }  # fmt: skip


def arrive(home: Home, rows: Iterable[dict[str, object]], now: datetime) -> None:
    """These are in the lake, with all that was recorded meanwhile."""
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        if packed := list(rows):
            inbox.append([Arrival("rows", "web", now, pack_events(packed), {})])
        ship_all(home, inbox, now)
    finally:
        inbox.close()


def catch_up(home: Home, now: datetime) -> None:
    """What the other process does for plays, once all has arrived."""
    publish_links(home, now)
    follow_plays(home, now)


def go_on(home: Home, now: datetime) -> None:
    """What the worker does beside sending: its sources, as far as they are of plays."""
    enter_due_dates(home, now)
    go_on_due(home, now)
    expire(home, now)


def wrong_with(plays: Mapping[str, Iterable[str]], forgotten: Collection[str] = ()) -> list[str]:
    """What is not so of intended messages: by every visit of a step there is what the step says,
    once, and nothing else. `plays` are the steps of each that reach people or ask for a task;
    `forgotten` the enrolments of which messages were to somebody who is forgotten.
    """
    found = []
    keys: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for key, enrolment, step in Message.objects.values_list("key", "enrolment", "step"):
        keys[enrolment, step].append(key)
    tasks = set(Task.objects.exclude(key=None).values_list("key", flat=True))
    for row in Enrolment.objects.all():
        name, alone = enrolment_of(row), row.is_kept_back or row.arm == "hold_out"
        if (row.ended_at is None) != (row.ended_because == ""):
            found.append(f"{row}: ended without a word, or a word without an end")
        if row.ended_at is None and row.due_at is None:
            found.append(f"{row}: it is not over and nothing is due")
        for step in plays[row.play]:
            meant = {f"{name}/{step}/{visit + 1}" for visit in range(row.visits.get(step, 0))}
            if step == "call":
                opened = {key for key in tasks if key.startswith(f"{name}/{step}/")}
            else:
                said = keys.pop((name, step), [])
                opened = {"/".join(key.split("/")[:3]) for key in said}
                if len(said) != len(opened):
                    found.append(f"{row}: {step} is told twice")
            meant = set() if alone and step in ("call", "tell") else meant
            if opened != meant and not (name in forgotten and opened <= meant):
                found.append(f"{row}: {step} was meant {sorted(meant)} and is {sorted(opened)}")
    figures = tallies()
    for play in PLAYS:
        if figures.get(play, Tally()) != counted_anew(play):
            found.append(f"the figures of {play} are not what its enrolments are")
    return found + [f"nobody meant {each}" for each in keys if each[0]]


SAYING = {
    "reports": ("welcome", "show", "praise", "stuck", "lost", "call", "tell"),
    "nudges": ("nudge", "last"),
    "hello": ("hello", "bye"),
    "owed": ("notice", "call"),
}


def still_open() -> set[str]:
    """States of messages that are not over."""
    left = Message.objects.filter(status__in=(Status.HELD, Status.CLAIMED, Status.SENDING))
    return set(left.values_list("status", flat=True))
