"""What a play's folder may say, and what is said of a mistake: file, place, remedy."""

import pytest
from play_worlds import HEAD, NAMES, play_of

from tenure.base.errors import BadDefinition
from tenure.plays.file import MAIN, read_play, read_whole
from tenure.plays.parts import Wait

MAIL = '[[step]]\nname = "welcome"\nmail = "01-welcome"\n'
WHOLE = """
title = "Trial ending"
over = "account"
languages = ["en", "zh-hans"]
topic = "trial"
priority = 70
[entry]
date = "trial_ends_on"
before_hours = 72
where = "mrr_minor = 0"
again = "after_exit"
again_after_days = 90
[to]
roles = ["buyer"]
at_most = 3
[goal]
where = "status = 'paying'"
within_days = 14
[exit]
where = "status = 'left'"
events = ["Subscription Started"]
[hold_out]
share = 0.25
[deadline]
hours = 48
[[step]]
name = "notice"
mail = "01-72-hours"
valid_until = "trial_ends_on"
[[step]]
name = "morning"
wait = { days = 1, until = "09:00", on = ["mon", "tue"], in = "company" }
[[step]]
name = "call"
task = { title = { en = "Call them", zh-hans = "致电" }, within_days = 2, checklist = ["Read the card"] }
"""
FILES = {"01-72-hours.en.md": "Hello", "01-72-hours.zh-hans.md": "你好"}


def test_all_that_a_file_says_is_in_the_play() -> None:
    play = read_play({MAIN: WHOLE, **FILES}, "plays/trial_ending", NAMES)
    assert (play.name, play.entry.kind, play.entry.hours) == ("trial_ending", "date", -72)
    assert (play.to.roles, play.to.at_most, play.hold_out_share) == (("buyer",), 3, 0.25)
    assert play.conditions() == ["status = 'left'", "status = 'paying'"]
    assert play.events() == {"Subscription Started"}
    wait = play.steps[1].act
    assert isinstance(wait, Wait) and (wait.weekdays, wait.clock) == ((0, 1), "company")
    assert play.after("call") == "end"


def test_another_word_in_a_mail_is_another_version() -> None:
    one = read_play({MAIN: WHOLE, **FILES}, "plays/trial_ending", NAMES)
    other = read_play(
        {MAIN: WHOLE, **FILES, "01-72-hours.en.md": "Hi"}, "plays/trial_ending", NAMES
    )
    assert one.digest != other.digest


def test_an_event_that_nobody_sent_yet_is_told() -> None:
    steps = MAIL + '[[step]]\nname = "wait"\nwait = { days = 1 }\n'
    branch = """[[step]]
name = "which"
branch = [{ where = "did('Report Exportd', 7) > 0", to = "welcome" }]
[[step]]
name = "a_day"
wait = { days = 1 }
"""
    head = HEAD.replace("[entry]", "[entry]\nwhere = \"did('Project Creatd', 7) = 0\"")
    files = {MAIN: head + branch + MAIL, "01-welcome.en.md": "Hello"}
    assert read_whole(files, "plays/tips", NAMES)[1] == ["Project Creatd", "Report Exportd"]
    assert read_whole({**files, MAIN: HEAD + steps}, "plays/tips", NAMES)[1] == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("01-welcome", "03-more", "plays/tips/play.toml: step[1].mail: there is no 03-more.en.md"),
        ('topic = "tips"\n', "", "topic: '' is no topic"),
        ('topic = "tips"', 'topic = "asking"', "topic: 'asking' stands for all that asks"),
        ("manual = true", 'manual = true\nsegment = "trialing"', "entry.segment: 2 things bring"),
        ("manual = true", 'segment = "trialin"', "did you mean 'trialing'?"),
        ("manual = true", 'segment = "champions"', "is over person, the play over account"),
        ("manual = true", 'signal = "near_limits"', "did you mean 'near_limit'?"),
        ("manual = true", 'date = "plan"', "entry.date: there is no date 'plan'"),
        ("manual = true", "manual = true\nbefore_hours = 3", "entry.before_hours: it is before"),
        ("manual = true", "manual = true\nwhere = \"plam = 'Pro'\"", "did you mean `plan`"),
        ("[goal]", "[hold_out]\nshare = 0.0\n[goal]", "hold_out.share: 0 is not from 0.01"),
        ("[goal]", "[to]\nat_most = 99\n[goal]", "to.at_most: this is above 20"),
        ('event = "Subscription Started"\n', "", "goal.event: state either an event or a where"),
        ('mail = "01-welcome"', "", "step[1].mail: none here; do one of mail, in_app"),
        ('mail = "01-welcome"', 'mail = "01-welcome"\nwait = { days = 1 }', "mail and wait here"),
        ('mail = "01-welcome"', "wait = {}", "step[1].wait: wait for one thing"),
        ('mail = "01-welcome"', 'wait = { until = "9 am" }', "'9 am' is no time of day"),
        ('mail = "01-welcome"', 'wait = { until = "09:00+02:00" }', "is no time of day"),
        ('mail = "01-welcome"', 'webhook = { to = "crm" }', "there is no value 'crm'"),
        (
            'mail = "01-welcome"',
            f'task = {{ title = "Call", text = "{"x" * 301}" }}',
            "at most 300",
        ),
        ('mail = "01-welcome"', 'wait = { until = "09:00", on = ["monday"] }', "no weekday"),
        ('mail = "01-welcome"', 'wait = { days = 1, on = ["mon"] }', "at what time?"),
        ('mail = "01-welcome"', 'wait = { event = "X", else = "end" }', "waited for ever"),
        ('mail = "01-welcome"', 'split = [{ share = 0.5, to = "end" }]', "add up to 0.5"),
        ('mail = "01-welcome"', 'branch = [{ to = "end" }]', "branch[1].where: this is missing"),
        ('mail = "01-welcome"', "set = { a = 1, b = 2 }", "write one trait"),
        ('mail = "01-welcome"', 'goal_check = { to = "nowhere" }', "there is no step 'nowhere'"),
        ('name = "welcome"', 'name = "end"', "'end' is where a play is over"),
        ('name = "welcome"', 'name = "welcome"\ngoes_to = "welcome"', "comes back to itself"),
        ('name = "welcome"', 'name = "welcome"\ngoes = "end"', "did you mean goes_to?"),
    ],
)
def test_a_mistake_names_its_place_and_what_to_do(before: str, after: str, message: str) -> None:
    text = (HEAD + MAIL).replace(before, after, 1)
    assert text != HEAD + MAIL
    with pytest.raises(BadDefinition) as refused:
        read_play({MAIN: text, "01-welcome.en.md": "Hello"}, "plays/tips", NAMES)
    assert message in refused.value.message
    assert refused.value.message.startswith("plays/tips/")


def test_a_play_over_people_names_dates_and_columns_of_their_account() -> None:
    steps = MAIL.replace('01-welcome"', '01-welcome"\nvalid_until = "trial_ends_on"') + (
        '[[step]]\nname = "tell"\nwebhook = { to = "webhook", columns = ["mrr_minor"] }\n'
    )
    assert play_of(steps, 'over = "person"\n' + HEAD).over == "person"
    with pytest.raises(BadDefinition, match="there is no column 'role'") as refused:
        play_of(steps.replace("mrr_minor", "role"), 'over = "person"\n' + HEAD)
    assert refused.value.field == "step[2].webhook.columns"


def test_a_folder_without_its_main_file_is_refused() -> None:
    with pytest.raises(BadDefinition, match=r"there is no play\.toml") as refused:
        read_play({"01-welcome.en.md": "Hello"}, "plays/tips", NAMES)
    assert refused.value.status == 422


def test_what_is_owed_to_a_customer_is_withheld_from_nobody() -> None:
    owed = HEAD.replace('topic = "tips"', 'purpose = "transactional"')
    assert play_of(MAIL, owed).hold_out_share == 0
    with pytest.raises(BadDefinition, match="withheld from nobody") as refused:
        play_of(MAIL, owed + "[hold_out]\nshare = 0.1\n")
    assert refused.value.field == "hold_out.share"


def test_a_step_that_nobody_reaches_and_a_mail_that_nobody_sends_are_mistakes() -> None:
    lost = MAIL.replace("mail =", 'goes_to = "end"\nmail =') + (
        '[[step]]\nname = "lost"\nwait = { days = 1 }\n'
    )
    with pytest.raises(BadDefinition, match="no step leads here") as refused:
        play_of(lost)
    assert refused.value.field == "step[2].name"
    with pytest.raises(BadDefinition, match="no step says this") as unsaid:
        play_of(MAIL, **{"02-more.en.md": "More"})
    assert unsaid.value.message.startswith("plays/tips/02-more.en.md: ")
