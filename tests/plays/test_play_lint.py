"""What the linter refuses, what it lets pass, and what it says. The bad ones were published."""

import time

import msgspec
import pytest
from play_worlds import HEAD, play_of

from tenure.plays.lint import Finding, lint_play
from tenure.plays.lint_phrases import rules
from tenure.plays.parts import Entry

MAIL = '[[step]]\nname = "say"\nmail = "01-say"\n'
FILE = "01-say.en.md"


def found(words: str, head: str = HEAD, steps: str = MAIL) -> list[Finding]:
    """The findings of a play with one mail that says this below its head."""
    text = f'+++\nsubject = "A subject"\n+++\n{words}\n'
    play = play_of(steps, head, **{FILE: text})
    return lint_play(play, {"play.toml": head + steps, FILE: text})


def codes(words: str, head: str = HEAD) -> set[str]:
    return {each.code for each in found(words, head)}


# As published by advisers and brands as examples to follow: help.retainful.com, skillmd.ai,
# hiverhq.com, pushwoosh.com and chasedimond.com on bringing people back, and their like in Chinese.
PUBLISHED = [
    ("Hi Laura, We miss you at {{ company.name }}", "we_miss_you"),
    ("It's been quiet without you", "we_miss_you"),
    ("We want you back", "we_miss_you"),
    ("Where have you been?", "we_miss_you"),
    ("Long time no see!", "we_miss_you"),
    ("好久不见，我们想念您", "we_miss_you"),
    ("好想你，快回来看看吧", "we_miss_you"),
    ("好久不見，最近過得好嗎？", "we_miss_you"),
    ("我們非常想念您，期待您的回歸", "we_miss_you"),
    ("We'd hate for you to miss out.", "guilt"),
    ("Was it something we said?", "guilt"),
    ("We're sorry to see you go.", "guilt"),
    ("Your dashboard is gathering dust", "guilt"),
    ("舍不得您离开", "guilt"),
    ("千万别错过", "guilt"),
    ("千萬別錯過，錯過再等一年", "guilt"),
    ("Hey friend, how are things?", "false_intimacy"),
    ("We have been thinking about you", "false_intimacy"),
    ("Welcome to the family", "false_intimacy"),
    ("We noticed you looking at our pricing page", "false_intimacy"),
    ("亲爱的用户", "false_intimacy"),
    ("親愛的會員", "false_intimacy"),
    ("偷偷告诉您一个好消息", "false_intimacy"),
    ("家人們，今天有好消息", "false_intimacy"),
    ("A little something to welcome you back: an exclusive offer", "bare_promotion"),
    ("Take your reporting to the next level", "bare_promotion"),
    ("专属福利，点击领取", "bare_promotion"),
    ("年終鉅惠，獨家優惠", "bare_promotion"),
    ("Last chance, act now", "pressure"),
    ("赶快，最后的机会", "pressure"),
    ("數量有限，先到先得", "pressure"),
    ("Your plan expires soon", "undated_deadline"),
    ("Only 3 days left", "undated_deadline"),
    ("For a limited time", "undated_deadline"),
    ("限时，仅剩3天", "undated_deadline"),
    ("即將到期", "undated_deadline"),
    ("Leave us a review and get a $20 gift card", "reward_for_praise"),
    ("Write a five-star review for us", "reward_for_praise"),
    ("给我们写评价，送红包", "reward_for_praise"),
    ("請給我們五星好評", "reward_for_praise"),
    ("If you love us, leave a review", "sentiment_gate"),
    ("如果您满意，请给我们写评价", "sentiment_gate"),
    ("若您滿意，請給我們評價；不滿意請先告訴我們", "sentiment_gate"),
    ("Take 50% off your next 3 months", "discount_without_value"),
    ("首月免费1个月，再享8折", "discount_without_value"),
]


@pytest.mark.parametrize(("words", "code"), PUBLISHED)
def test_what_was_published_is_refused(words: str, code: str) -> None:
    assert code in codes(words)


FINE = [
    "Your report of May is ready.",
    "We missed your call yesterday; here is the number.",
    "Sorry: the export failed on 3 March, and that was our fault.",
    "The invoice was missing your address.",
    "You are not missing anything if you skip this step.",
    "Dear Ann, Hello Ann, Hi there,",
    "Hi, you can export everything here.",
    "The urgent tickets are marked red.",
    "The discount rate in the report is 8 %.",
    "You can cancel in two clicks, at any time.",
    "The last invoice is attached.",
    "A deal moves to the next stage by itself.",
    "Your family plan has five seats.",
    "我们想请您看看这份报表。",
    "我们想知道您那边的情况。",
    "我们想您可能需要这个。",
    "發票已經開好了，歡迎隨時回信。",
    "想您也知道，月底要對帳。",
    "会员到期日显示在右上角。",
    "這項功能需要三天才會生效。",
    "Would you write a review? There is no reward for it, and nothing depends on it.",
    "Write a review, whether it is five-star or one.",
    "Write a review, whether or not you are happy with it.",
    "愿意写评价吗？没有任何奖励，满意不满意都可以写。",
    "願意寫評價嗎？不會有任何回饋，也不影響您的使用。",
]


@pytest.mark.parametrize("words", FINE)
def test_what_one_may_say_passes(words: str) -> None:
    assert codes(words) == set()


def test_a_finding_names_place_words_why_and_what_to_write() -> None:
    one = found("Hello,\n\nas you know, we **really miss\nyou**, Ann.")[0]
    assert (one.line, one.column, one.words) == (6, 14, "we really miss you")
    assert one.sentence("plays/tips") == (
        "plays/tips/01-say.en.md: line 6, column 14: 'we really miss you': it speaks of our "
        "feelings, and nobody pays for those; say what they set out to do, what has changed, or "
        "one useful next step [we_miss_you]"
    )


@pytest.mark.parametrize(
    "words",
    ["we mi\u200bss you", "We miss\u00a0you", "ＷＥ　ＭＩＳＳ　ＹＯＵ", "we <b>miss</b> you", "We’ve missed you",
     "{% if account.plan %}We miss{% endif %} you", "{{ person.first_name | default: 'we miss you' }}"],
)  # fmt: skip
def test_markup_and_odd_letters_hide_nothing(words: str) -> None:
    assert codes(words) == {"we_miss_you"}


def test_a_subject_is_read_too() -> None:
    text = '+++\nsubject = "We miss you"\n+++\nHello\n'
    play = play_of(MAIL, HEAD, **{FILE: text})
    assert [(each.line, each.code) for each in lint_play(play, {FILE: text})] == [
        (2, "we_miss_you")
    ]


def test_a_deadline_with_its_date_is_true() -> None:
    words = "Only 3 days left: the trial ends on {{ account.trial_ends_on | date: '%-d %B' }}."
    assert codes(words) == set()
    assert codes("Only 3 days left of the trial.") == {"undated_deadline"}


def test_a_discount_wants_reached_value() -> None:
    words = "Take 20% off a year."
    paid = HEAD.replace("manual = true", 'manual = true\nwhere = "mrr_minor > 0"')
    assert codes(words, paid) == {"discount_without_value"}
    play = play_of(MAIL, HEAD, **{FILE: words})
    for entry in (Entry(date="first_value_on"), Entry(where="is_outcome_reached = true")):
        reached = msgspec.structs.replace(play, entry=entry)
        assert lint_play(reached, {FILE: words}) == []


@pytest.mark.parametrize("named", ["outcome", "change", "next_step"])
def test_who_brings_somebody_back_names_what_for(named: str) -> None:
    says = {
        "outcome": "You wanted {{ product.outcome | default: 'that' }}.",
        "change": "It is there: {{ fix.title | default: 'it' }}.",
        "next_step": "Do this: {{ product.next_step_how | default: 'it' }}.",
    }
    steps = MAIL + f'names = "{named}"\n'
    back = HEAD.replace("manual = true", 'signal = "gone_quiet"')
    silent = found("Hello, we have news.", back)
    assert [(each.file, each.code) for each in silent] == [("play.toml", "nothing_named")]
    assert "names nothing to come for" in silent[0].message
    unsaid = found("Hello, we have news.", back, steps)
    assert [(each.file, each.code) for each in unsaid] == [(FILE, "nothing_named")]
    assert found(says[named], back, steps) == []


@pytest.mark.parametrize(
    ("label", "is_one"),
    [("Send the first invoice", True), ("Log in", False), ("Come back now!", False),
     ("登录", False), ("點擊這裡", False), ("把第一张发票开出来", True)],
)  # fmt: skip
def test_a_button_is_a_next_step_when_it_says_which(label: str, is_one: bool) -> None:
    head = HEAD.replace("manual = true", 'signal = "gone_quiet"')
    steps = MAIL + 'names = "next_step"\n'
    text = (
        f'+++\nsubject = "x"\n[action]\nlabel = "{label}"\nlink = "https://a.example"\n+++\nHello\n'
    )
    play = play_of(steps, head, **{FILE: text})
    assert (lint_play(play, {"play.toml": head + steps, FILE: text}) == []) is is_one


@pytest.mark.parametrize(
    ("where", "is_back"),
    [("status = 'left'", True), ("status in ('left', 'free')", True), ("status <> 'left'", False),
     ("status in ('paying', 'leaving')", False), ("status = 'paying'", False)],
)  # fmt: skip
def test_a_condition_tells_whom_it_is_for(where: str, is_back: bool) -> None:
    head = HEAD.replace("manual = true", f'manual = true\nwhere = "{where}"')
    assert ({each.code for each in found("News.", head)} == {"nothing_named"}) is is_back


def test_a_segment_of_ones_own_is_read_too() -> None:
    play = play_of(MAIL, HEAD.replace("manual = true", 'segment = "trialing"'), **{FILE: "News"})
    quiet = lint_play(play, {FILE: "News"}, "days_since_seen > 30")
    assert [each.code for each in quiet] == ["nothing_named"]
    assert lint_play(play, {FILE: "News"}, "status = 'trial'") == []


def test_who_is_asked_for_a_review_does_not_depend_on_their_mood() -> None:
    gated = HEAD.replace("manual = true", 'segment = "trialing"')
    play = play_of(MAIL, gated, **{FILE: "Would you write a review?"})
    files = {"play.toml": gated + MAIL, FILE: "Would you write a review?"}
    mood = lint_play(play, files, "last_ticket_tone = 'happy'")
    assert [each.code for each in mood] == ["sentiment_gate"]
    assert "16 CFR 465.7" in mood[0].message
    assert lint_play(play, files, "status = 'paying'") == []
    other = {**files, FILE: "Here is your report."}
    assert lint_play(play, other, "last_ticket_tone = 'happy'") == []
    by_tag = {**files, FILE: "A few honest lines? {% ask %}"}
    assert [each.code for each in lint_play(play, by_tag, "nps > 8")] == ["sentiment_gate"]


def test_a_mark_of_the_library_is_filled_in_first() -> None:
    one = found("Open «feature_1.title».")[0]
    assert (one.code, one.words) == ("unfilled_mark", "«feature_1.title»")


def test_every_rule_has_a_reason_a_remedy_and_both_scripts() -> None:
    for rule in rules():
        assert rule.why and rule.remedy and len(rule.patterns) >= 2, rule.code
    assert {code for _, code in PUBLISHED} == {rule.code for rule in rules()}


def test_a_long_text_is_read_quickly() -> None:
    begun = time.perf_counter()
    assert codes("we write a review of your report " * 3000) == set()
    assert time.perf_counter() - begun < 5
