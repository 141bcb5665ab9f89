"""Why they left, from what was known before: each rule with its evidence, and nothing from after."""

from datetime import UTC, date

import numpy as np
import pytest

from reasons.reason_worlds import arrived, at, records, seen
from signals.signal_worlds import rows_of, ship_rows
from tenure.definitions.store import put_in_force
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.reasons.inferring import infer
from tenure.reasons.inferring_follow import follow_inferred
from tenure.reasons.inferring_sentences import commonness_sentence, evidence_sentence
from tenure.reasons.inferring_subjects import STAYS_DAYS, Subject, stayers
from tenure.reasons.inferring_weights import Weights, learn, shares
from tenure.signals.leavings import Spell

pytestmark = pytest.mark.django_db
PRODUCT = """
[product]
name = "Fernhill"
[[plan]]
name = "Team"
[[role]]
name = "buyer"
values = ["owner"]
[[feature]]
name = "reports"
title = "Reports"
events = ["Report Exported"]
[[first_value.step]]
name = "project"
title = "A project is set up"
event = "Project Created"
within_days = 3
[[first_value.step]]
name = "invoice"
title = "An invoice goes out"
event = "Invoice Sent"
within_days = 7
[[outcome]]
name = "margin"
title = "Know the margin"
events = ["Report Exported", "Project Created"]
"""
PAYS = '2026-01-01 08:00  @acme  fact: start  {"plan": "Team", "mrr_minor": 5000, "quantity": 3}'
LEAVES = '2026-03-01 08:00  @acme  fact: notice  {"ends_at": "2026-03-31"}'
USES = """
mon-fri 2026-01-05..2026-02-27 10:00  ada@acme  Invoice Sent
mon-fri 2026-01-05..2026-02-27 11:00  bob@acme  Project Created
mon-fri 2026-01-05..2026-02-27 12:00  cyd@acme  Report Exported
"""
DECIDED = Subject("acme", at("2026-03-01 08:00"), date(2026, 1, 1))


def inferred(home, world: str, now="2026-04-01", subject=DECIDED):
    """All reasons of the subject by code, from a world of its own."""
    put_in_force("product", "", PRODUCT, now=at("2025-12-01"), by="test")
    arrived(home, world, now)
    with reading(home, fresh=True) as reader:
        return {each.code: each for each in infer(reader, [subject])}


def of(account: str, world: str) -> str:
    """The world of another account, with a subscription of its own."""
    lines = []
    for line in world.splitlines():
        if "fact:" in line:
            line = line.replace("{", f'{{"subscription": "s-{account}", ')
            line += "" if "{" in line else f'  {{"subscription": "s-{account}"}}'
        lines.append(line.replace("@acme", f"@{account}"))
    return "\n".join(lines)


def said(reason) -> list[str]:
    return [evidence_sentence(piece) for piece in reason.evidence]


WORLDS = {
    "hard_start": (
        "2026-01-05 10:00  ada@acme  Project Created",
        ["Jan 5, 2026: First value was not reached: 1 of 2 steps were done; missing: An invoice goes out"],
    ),
    "setup_trouble": (
        USES + "2026-02-03 10:00  ada@acme  Import Failed\n2026-02-04 10:00  ada@acme  Import Failed",
        ["Feb 4, 2026: Import Failed, 2 times in 120 days"],
    ),
    "not_adopted": (
        "mon-fri 2026-01-05..2026-02-27 10:00  ada@acme  Invoice Sent",
        ["In the last 28 days 1 people used it, and 3 seats were paid for"],
    ),
    "changed_needs": (
        USES + "2026-02-20 08:00  @acme  fact: pause",
        ["Feb 20, 2026: They paused: 1 times within 14 months"],
    ),
    "outages": (
        USES + '2026-02-10 10:00  -  incident: Incident Began  {"incident_id": "i", "title": "Reports down", "features": ["Report Exported"]}\n'
        '2026-02-10 16:30  -  incident: Incident Ended  {"incident_id": "i"}',
        ["Feb 10, 2026: Reports down for 6.5 hours, in what they use"],
    ),
    "defects": (
        USES + '2026-02-10 10:00  ada@acme  ticket: Ticket Opened  {"ticket_id": "t1", "topic": "bug", "subject": "Hours on the wrong day"}',
        ["Feb 10, 2026: A ticket: “Hours on the wrong day”"],
    ),
    "bad_service": (
        USES + '2026-02-10 10:00  ada@acme  ticket: Ticket Opened  {"ticket_id": "t1", "topic": "how_to", "subject": "How do I bill?"}\n'
        '2026-02-13 10:00  ada@acme  ticket: Ticket Closed  {"ticket_id": "t1", "first_response_hours": 70, "rating": 1}',
        ["Feb 13, 2026: They waited 70.0 hours for an answer; the median of 1 tickets was 70.0",
         "Feb 13, 2026: A ticket was rated 1: “How do I bill?”"],
    ),
    "missing_feature": (
        USES + '2026-02-10 10:00  ada@acme  ticket: Ticket Opened  {"ticket_id": "t1", "text": "Can you support retainers?"}',
        ["Feb 10, 2026: They asked for it: “Can you support retainers?”"],
    ),
    "missing_integration": (
        USES + '2026-02-10 10:00  ada@acme  ticket: Ticket Opened  {"ticket_id": "t1", "text": "希望支持和财务软件对接"}',
        ["Feb 10, 2026: They asked for it: “希望支持和财务软件对接”"],
    ),
    "price_value": (
        USES + '2026-02-10 08:00  @acme  fact: start  {"version": "v2", "plan": "Team", "mrr_minor": 6600, "quantity": 3}',
        ["Feb 10, 2026: The price of a seat rose from 16.67 EUR to 22.00 EUR a month"],
    ),
    "out_of_cash": (
        USES + "2026-02-10 08:00  @acme  fact: payment_failed\n2026-02-15 08:00  @acme  fact: payment_failed",
        ["Feb 15, 2026: Payments failed and were not made good: 2"],
    ),
    "closing": (
        USES + '2026-02-10 10:00  ada@acme  ticket: Ticket Opened  {"text": "We are closing down the company, sorry."}',
        ["Feb 10, 2026: They wrote: “We are closing down the company, sorry.”"],
    ),
    "bought": (
        USES + '2026-02-10 10:00  @acme  Domain Redirected  {"domain": "acme.io", "to": "group.example", "context": {"active": false}}',
        ["Feb 10, 2026: Their domain acme.io leads to group.example"],
    ),
    "promise_not_kept": (
        USES + '2026-02-10 10:00  @acme  system: Commitment Broken  {"side": "us", "text": "Retainers by January"}',
        ["Feb 10, 2026: We did not keep: Retainers by January"],
    ),
    "service_level": (
        USES + "2026-02-10 10:00  ada@acme  Project Limit Reached\n2026-02-11 10:00  ada@acme  Project Limit Reached",
        ["Feb 11, 2026: Project Limit Reached, 2 times in 90 days"],
    ),
    "other": (
        USES + '2026-02-10 10:00  ada@acme  Call Logged  {"text": "They are moving to Harvest in spring."}',
        ["Feb 10, 2026: They named Harvest: “They are moving to Harvest in spring.”"],
    ),
}  # fmt: skip


def test_each_reason_is_seen_with_its_day_and_its_figures(home):
    put_in_force("product", "", PRODUCT, now=at("2025-12-01"), by="test")
    lives = [of(code, f"{PAYS}\n{world}\n{LEAVES}") for code, (world, _) in WORLDS.items()]
    arrived(home, "\n".join(lives), "2026-04-01")
    subjects = [Subject(code, DECIDED.at, DECIDED.since_on) for code in WORLDS]

    with reading(home, fresh=True) as reader:
        found = {(each.account_id, each.code): each for each in infer(reader, subjects)}

    for code, (_, sentences) in WORLDS.items():
        assert (code, code) in found, [
            (k, v.confidence, v.rules) for k, v in found.items() if k[0] == code
        ]
        assert set(sentences) <= set(said(found[code, code])), code
    rival = found["other", "other"]
    assert (rival.next_job, rival.rival) == ("rival", "Harvest")


def test_of_who_had_no_trouble_nothing_is_invented(home):
    found = inferred(home, f"{PAYS}\n{USES}\n{LEAVES}")

    assert list(found) == ["experience_not_right"]
    assert found["experience_not_right"].strength == "weak"
    assert said(found["experience_not_right"]) == [
        "Nothing that was seen explains it (59 days with us)"
    ]


def test_who_brought_it_in_and_went_is_named_and_so_is_the_buyer_who_handed_it_on(home):
    world = """
    2026-01-04 10:00  ada@acme  identify  {"role": "owner"}
    mon-fri 2025-12-29..2026-01-12 11:00  ada@acme  Project Created
    2026-01-07 12:00  ada@acme  Invoice Sent
    every 7 2026-01-06..2026-02-27 10:00  bob@acme  Report Exported
    2026-01-16 12:00  ada@acme  Account Removed User  {"context": {"active": false}}
    """
    found = inferred(home, f"{PAYS}\n{world}\n{LEAVES}")

    assert {
        "Jan 12, 2026: ada, who used it most, went (Account Removed User)",
        "Jan 12, 2026: ada, who bought it, was last there 47 days before; others who went on with it: 1",
    } <= set(said(found["not_adopted"]))


AFTER = """
2026-03-01 08:00  @acme  Domain Redirected  {"domain": "acme.io", "to": "group.example"}
2026-03-02 10:00  ada@acme  ticket: Ticket Opened  {"text": "We are closing down the company. Too expensive."}
2026-03-03 10:00  ada@acme  Import Failed
2026-03-05 08:00  @acme  fact: payment_failed
mon-fri 2026-03-02..2026-03-20 10:00  dan@acme  Report Exported
2026-02-12 10:00 known 2026-03-02 09:00  ada@acme  ticket: Ticket Opened  {"text": "Nobody uses it, too complicated."}
2026-02-12 10:00 known 2026-03-09 09:00  eve@acme  Report Exported
2026-02-13 08:00 known 2026-03-09 09:00  @acme  fact: payment_failed
2026-02-14 10:00 known 2026-03-02 09:00  -  incident: Incident Began  {"incident_id": "i", "features": ["Report Exported"]}
"""


def test_what_happened_or_became_known_later_changes_nothing(home):
    before = f"{PAYS}\n{WORLDS['bad_service'][0]}\n{LEAVES}"
    first = inferred(home, before)

    arrived(home, AFTER, "2026-04-02")
    with reading(home, fresh=True) as reader:
        again = {each.code: each for each in infer(reader, [DECIDED])}
        later = infer(reader, [Subject("acme", at("2026-03-31"), date(2026, 1, 1))])

    assert again == first
    assert {"closing", "out_of_cash"} & {each.code for each in later}


def test_one_question_about_many_has_the_answers_of_many_questions(home):
    other = of("beta", f"{PAYS}\n{WORLDS['defects'][0]}")
    arrived(home, f"{PAYS}\n{WORLDS['bad_service'][0]}\n{LEAVES}\n{other}", "2026-04-01")
    beta = Subject("beta", at("2026-03-01 08:00"), date(2026, 1, 1))
    early = Subject("acme", at("2026-02-01"), date(2026, 1, 1))

    with reading(home, fresh=True) as reader:
        together = infer(reader, [DECIDED, beta, early])
        alone = [each for one in (DECIDED, beta, early) for each in infer(reader, [one])]

    assert together == alone
    assert {each.account_id for each in together} == {"acme", "beta"}


def test_every_leaving_has_a_reason_though_nobody_was_asked_and_keeps_it(home):
    seen(home, f"{PAYS}\n{WORLDS['bad_service'][0]}\n{LEAVES}", "2026-03-02")

    assert follow_inferred(home, at("2026-03-02")) > 0
    held = records(source="inferred")
    assert {(each.account_id, each.said_at) for each in held} == {("acme", DECIDED.at)}
    assert [each.rank for each in held] == list(range(1, len(held) + 1))
    assert follow_inferred(home, at("2026-03-02")) == 0
    assert follow_inferred(home, at("2026-03-02"), again=True) == 0


def test_a_notice_that_was_taken_back_is_no_leaving_any_more(home):
    seen(home, f"{PAYS}\n{USES}\n{LEAVES}", "2026-03-02")
    follow_inferred(home, at("2026-03-02"))

    events, facts = rows_of("2026-03-05 08:00  @acme  fact: notice")
    ship_rows(home, events, facts, at("2026-03-06"))
    refresh(home, at("2026-03-06"))
    follow_inferred(home, at("2026-03-06"))

    assert {each.superseded_by for each in records(source="inferred")} == {"withdrawn"}


def test_stayers_paid_had_not_decided_and_did_not_decide_soon_after():
    start, gone = date(2025, 1, 1), date(2025, 9, 1)
    found = stayers(
        [
            Spell("stays", start, None, None, None),
            Spell("goes", start, gone, at("2025-09-01"), date(2025, 10, 1)),
            Spell("short", date(2025, 12, 1), None, None, None),
        ],
        date(2026, 1, 1),
        "Europe/Berlin",
    )

    assert {each.account_id for each in found} == {"stays", "goes"}
    for each in found:
        last = gone if each.account_id == "goes" else date(2026, 1, 1)
        assert start < each.at.astimezone(UTC).date()
        assert (last - each.at.date()).days >= STAYS_DAYS


def test_a_rule_that_tells_leavers_apart_weighs_more_and_one_that_does_not_stays_weak():
    draws = np.random.default_rng(5)
    left = np.c_[draws.random(400) < 0.6, draws.random(400) < 0.3].astype(float)
    stayed = np.c_[draws.random(800) < 0.2, draws.random(800) < 0.3].astype(float)
    beside = (np.full((400, 3), 90.0), np.full((800, 3), 90.0))

    tells, chance = learn([("tells", False), ("chance", False)], left, stayed, beside)

    # The odds ratio of the two shares, by hand: (0.6 / 0.4) / (0.2 / 0.8) = 6, its log 1.79.
    assert tells.log_odds == pytest.approx(1.79, abs=0.3)
    assert tells.ratio == pytest.approx(3.0, rel=0.15)
    assert abs(chance.log_odds) < 0.3 and not tells.is_weak


def test_without_any_history_every_rule_counts_as_is_usual():
    none = np.zeros((0, 2))
    beside = (np.zeros((0, 3)), np.zeros((0, 3)))

    weights = learn([("seen", False), ("said", True)], none, none, beside)

    assert [each.log_odds for each in weights] == [0.4, 1.2]
    assert Weights.of_text(Weights(tuple(weights)).as_text()).of_rules == tuple(weights)


def test_what_is_explained_and_what_is_not_make_a_whole():
    explained, rest = shares({"defects": 1.2, "price_value": 0.4, "closing": -1.0})

    # An odds ratio of e^1.6 leaves e^-1.6 = 0.202 of such leavings unexplained.
    assert rest == pytest.approx(0.2019, abs=1e-4)
    assert sum(explained.values()) + rest == pytest.approx(1.0)
    assert explained["defects"] == pytest.approx(3 * explained["price_value"])


def test_a_sentence_says_how_common_it_is_here():
    piece = {"what": "paused", "left_with_it": [12, 48], "stayed_with_it": [3, 60]}

    assert commonness_sentence(piece) == (
        "So it was with 25% of those who left, and 5% of those who stayed."
    )
    assert commonness_sentence({"what": "paused"}) == ""
