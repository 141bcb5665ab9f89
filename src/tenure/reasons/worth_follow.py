"""Every account that is at risk, leaves or has just left has a verdict, while that is so.

Runs after the reviews. A person's word, the owner and the ladder of a case are never touched here,
but for its end: they are back, they stayed, it is too late, or somebody said no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.card.card_of import held_card
from tenure.card.models import AccountCard
from tenure.customers.chunks import write_in_chunks
from tenure.customers.upsert import upsert
from tenure.lake.reading import Reader, company_day, reading
from tenure.measure.ledger import fx_spans
from tenure.measure.notices import notices
from tenure.reasons.cursor_texts import held_text, keep_text
from tenure.reasons.models import LadderRung, LeavingReview, SaidNo, WorthVerdict
from tenure.reasons.review_models import RungOutcome
from tenure.reasons.reviews import SEEN as REVIEWS_SEEN
from tenure.reasons.reviews_acts import OURSELVES
from tenure.reasons.reviews_deciding import record_words
from tenure.reasons.worth import CaseFacts, verdict
from tenure.reasons.worth_cases import UNDECIDED, Case, cases
from tenure.reasons.worth_chance import History, history
from tenure.reasons.worth_file import WorthRules
from tenure.reasons.worth_ladder import SAID_NO, end_rungs, follow_ladders
from tenure.reasons.worth_refusals import move_refusals, record_refusals, who_said_no
from tenure.reasons.worth_rules import worth_rules
from tenure.segments.of_one_card import asked_of_one_card
from tenure.signals.leavings import spells
from tenure.signals.listed import with_status
from tenure.tasks.models import TaskChange

SEEN, HISTORY, LOOKED = "worth", "worth_history", "worth_looked"
AT_ONCE = 200  # cases whose cards are read together
JUDGED = (
    "account_id", "occasion", "since_at", "code", "grounds", "reason", "mrr_minor", "currency",
    "margin_minor", "chance_part", "chance_of", "chance_group", "expected_minor", "judged_at",
    "row_digest",
)  # fmt: skip
END = ("closed_at", "closed_because")
TOO_LATE = "too_late"


def follow_worth(home: Home, now: datetime) -> int:
    """How many verdicts are new or changed. May be killed anywhere, and is then done again."""
    record_words(home, now)
    record_refusals(home, now)
    today = company_day(home, now)
    follow_ladders(today, now)
    rules = worth_rules()
    state = _state(rules, today)
    if held_text(SEEN) == state:
        return 0
    with reading(home) as reader:
        if reader.manifest is None:
            return 0
        move_refusals(reader)
        _move_with_merges(reader, now)
        past = _history(reader, home, rules, today, now)
        worth_of = {
            str(row["currency"]): float(str(row["factor"]))
            for row in reader.rows(fx_spans(), into=home.company.currency)
            if row["until_on"] is None
        }
        open_ones = {
            each.account_id: each
            for each in WorthVerdict.objects.filter(closed_at=None).order_by("-id")
        }
        looked = open_ones if held_text(LOOKED) == str(today) else {}
        found = cases(reader, rules, looked, today=today, now=now)
    refused = who_said_no(found)
    wanted = {key: each for key, each in found.items() if key not in refused}
    written = _judge(wanted, open_ones, _Judge(home, rules, past, today, worth_of), now)
    _close_others(open_ones, wanted, now)
    keep_text(LOOKED, str(today))
    keep_text(SEEN, _state(rules, today))
    return written


@dataclass(frozen=True, slots=True)
class _Judge:
    home: Home
    rules: WorthRules
    past: History
    today: date
    worth_of: Mapping[str, float]  # of one minor unit, by currency, in the company's

    def verdict_on(self, case: Case, values: Mapping[str, object], row: WorthVerdict) -> None:
        """Set what is judged on the row."""
        chance, group = self.past.chance(case.occasion, case.group, self.rules.too_few)
        facts = CaseFacts(
            occasion=case.occasion,
            rules=self.rules,
            reason=case.reason,
            reason_source=case.reason_source,
            follow_up=case.follow_up,
            next_job=case.next_job,
            mrr_minor=case.mrr_minor,
            currency=case.currency,
            chance=chance,
            tried=case.tried,
            chance_group=group,
            fits=self._holds("fits", values),
            does_not_fit=self._holds("does_not_fit", values),
        )
        found = verdict(values, facts)
        row.account_id, row.occasion, row.since_at = case.account_id, case.occasion, case.since_at
        row.code, row.grounds = found.code, list(found.grounds)
        row.reason, row.mrr_minor, row.currency = case.reason, case.mrr_minor, case.currency
        row.margin_minor = found.margin_minor
        row.expected_minor = round(found.expected_minor * self.worth_of.get(case.currency, 1.0))
        row.chance_part, row.chance_of, row.chance_group = chance.part, chance.of, group

    def _holds(self, name: str, values: Mapping[str, object]) -> bool | None:
        condition = getattr(self.rules, name)
        if condition is None:
            return None
        zone = ZoneInfo(self.home.company.time_zone)
        return asked_of_one_card(condition)(values, self.today, zone)


def _judge(
    wanted: Mapping[str, Case],
    open_ones: Mapping[str, WorthVerdict],
    judge: _Judge,
    now: datetime,
) -> int:
    """Write the verdicts that are new or differ, some at a time."""
    accounts = sorted(wanted)
    written = 0
    for start in range(0, len(accounts), AT_ONCE):
        part = accounts[start : start + AT_ONCE]
        held = AccountCard.objects.filter(pk__in=part).values_list("account_id", "values")
        values = {key: held_card(key, card, judge.today).values for key, card in held}
        new, changed = [], []
        for account_id in part:
            row = open_ones.get(account_id)
            is_new = row is None
            row = row or _row(wanted[account_id])
            judge.verdict_on(wanted[account_id], values.get(account_id, {}), row)
            seen = digest(*(repr(getattr(row, name)) for name in JUDGED[:-2]))
            if is_new or row.row_digest != seen:
                row.row_digest, row.judged_at = seen, now
                (new if is_new else changed).append(row)
        # An occasion that comes again is the case of then, open again.
        write_in_chunks(new, lambda rows: upsert(WorthVerdict, rows, ["key"], (*JUDGED, *END)))
        write_in_chunks(changed, lambda rows: upsert(WorthVerdict, rows, ["key"], JUDGED))
        written += len(new) + len(changed)
    return written


def _row(case: Case) -> WorthVerdict:
    return WorthVerdict(
        key=digest("worth", case.account_id, case.since_at.isoformat()),
        account_key=case.account_id,
    )


def _close_others(
    open_ones: Mapping[str, WorthVerdict], wanted: Mapping[str, Case], now: datetime
) -> None:
    """Cases whose occasion has gone end, each with why; whoever said no is asked no more.

    Where only the time is over, a rung that is open may still come to its end.
    """
    over = [each for key, each in open_ones.items() if key not in wanted]
    refused = who_said_no(each.account_id for each in over)
    back = _came_back(over)
    for each in over:
        if each.account_id in refused:
            because = SAID_NO
        elif each.account_id in back:
            because = "came_back"
        else:
            because = "stayed" if each.occasion in UNDECIDED else TOO_LATE
        with transaction.atomic():
            WorthVerdict.objects.filter(pk=each.pk, closed_at=None).update(
                closed_at=now, closed_because=because
            )
            if because != TOO_LATE:
                outcome = RungOutcome.NO if because == SAID_NO else RungOutcome.DROPPED
                end_rungs(each, outcome, now=now, by=OURSELVES)


def _came_back(over: list[WorthVerdict]) -> set[str]:
    """Of those who were leaving: whoever took it back, or pays again."""
    ids = [each.account_id for each in over if each.occasion not in UNDECIDED]
    latest: dict[str, LeavingReview] = {}
    rows = LeavingReview.objects.filter(account_id__in=ids)
    for review in rows.only("account_id", "returned_on", "withdrawn_at").order_by("decided_at"):
        latest[review.account_id] = review
    return {
        key
        for key, review in latest.items()
        if review.returned_on is not None or review.withdrawn_at is not None
    }


def _move_with_merges(reader: Reader, now: datetime) -> None:
    """Cases stand where their accounts lead now; of two of one account that with a ladder stays."""
    rows = list(WorthVerdict.objects.filter(closed_at=None))
    places = reader.canonical_ids("account", [each.account_key for each in rows])
    at: dict[str, list[WorthVerdict]] = {}
    for each, place in zip(rows, places, strict=True):
        if each.account_id != place:
            WorthVerdict.objects.filter(pk=each.pk).update(account_id=place)
        at.setdefault(place, []).append(each)
    climbed = set(LadderRung.objects.values_list("verdict_id", flat=True))
    for several in at.values():
        for extra in sorted(several, key=lambda each: (each.pk not in climbed, each.pk))[1:]:
            with transaction.atomic():
                WorthVerdict.objects.filter(pk=extra.pk).update(
                    closed_at=now, closed_because="merged"
                )
                end_rungs(extra, RungOutcome.DROPPED, now=now, by=OURSELVES)


def _history(reader: Reader, home: Home, rules: WorthRules, today: date, now: datetime) -> History:
    """What became of past cases: counted once a day, and whenever leavings changed."""
    seen = f"{held_text(REVIEWS_SEEN)} {rules.within_days}"
    held_for, _, text = held_text(HISTORY).partition("\n")
    if held_for == seen and text:
        return History.of_text(text)
    past = history(
        spells(reader, until_on=today, time_zone=home.company.time_zone),
        notices(reader, first_on=date(1970, 1, 1), before_on=today),
        within_days=rules.within_days,
        today=today,
        now=now,
    )
    keep_text(HISTORY, f"{seen}\n{past.as_text()}")
    return past


def _state(rules: WorthRules, today: date) -> str:
    """Another text whenever a verdict may be another."""
    signals = with_status("open").aggregate(newest=Max("id"))["newest"]
    parts = (
        held_text(REVIEWS_SEEN),
        rules.digest,
        today,
        signals,
        with_status("open").count(),
        TaskChange.objects.aggregate(newest=Max("id"))["newest"],
        SaidNo.objects.count(),
    )
    return " ".join(map(str, parts))
