"""Churn from raw billing facts, one day after another, in plain Python.

It shares no code and no method with Tenure: it asks of every day what holds at its end, where
Tenure adds up edges in SQL. Slow, plain, and to be read beside docs/metrics.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
PAYING = {"active", "past_due", "paused"}


@dataclass
class Rules:
    at_notice: bool = False
    past_due_days: int | None = None
    paused_counts: bool = True
    trial_counts: bool = False
    reactivation_within: int | None = None
    all_in_rates: bool = False
    plus_new: bool = False


@dataclass
class Holding:
    """Something that an account holds at the end of a day."""

    account: str
    currency: str
    mrr: int
    starts: datetime
    subscription: str
    key: str
    columns: dict
    pays: bool


@dataclass
class World:
    facts: list[dict]
    zone: ZoneInfo
    rules: Rules = field(default_factory=Rules)
    traits: dict[str, dict] = field(default_factory=dict)
    rates: list[tuple[date, str, str, float]] = field(default_factory=list)
    default_currency: str = "USD"

    def __post_init__(self):
        self.by_subscription = defaultdict(list)
        by_source = defaultdict(list)
        for fact in self.facts:
            subscription = fact.get("subscription_id") or fact["account_key"]
            self.by_subscription[fact["source"], fact["account_key"], subscription].append(fact)
            by_source[fact["source"], fact["account_key"]].append(fact)
        self.by_line = {
            key
            for key, facts in by_source.items()
            if any(is_line(fact) for fact in facts)
            and not any(f["kind"] == "start" and f.get("mrr_minor") is not None for f in facts)
        }

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        return datetime.combine(day + DAY, time(), self.zone)

    # What holds

    def holdings(self, day: date) -> list[Holding]:
        found = []
        for key in self.by_subscription:
            found += self._version(key, day)
            if key[:2] in self.by_line:
                found += self._lines(key, day)
        return found

    def _version(self, key, day) -> list[Holding]:
        end = self.end_of(day)
        facts = self.by_subscription[key]
        started = [f for f in facts if f["kind"] == "start" and f["effective_at"] < end]
        if not started:
            return []
        start = max(started, key=lambda f: (f["effective_at"], f["known_at"], f["message_id"]))
        stops = [end_at for end_at in self.ends(facts, start) if end_at < end]
        if stops:
            return []
        status = start.get("status") or "active"
        mrr = start.get("mrr_minor") or 0
        pays = mrr > 0 and (status in PAYING or (self.rules.trial_counts and status == "trialing"))
        if self._silenced(facts, start, day, pays):
            return []
        return [self._holding(key, start, start, mrr, pays)]

    def ends(self, facts, start) -> list[datetime]:
        """When this version was ended, without what follows it."""
        return [
            f["effective_at"]
            for f in facts
            if f["kind"] == "end"
            and (
                (f.get("version_key") is None and f["effective_at"] >= start["effective_at"])
                or (f.get("version_key") is not None and f["version_key"] == start["version_key"])
            )
        ]

    def last_day_after(self, facts, start) -> datetime | None:
        """When this version is over for whatever reason."""
        order = sorted(
            (f for f in facts if f["kind"] == "start"),
            key=lambda f: (f["effective_at"], f["known_at"], f["message_id"]),
        )
        later = order[order.index(start) + 1 :]
        ends = self.ends(facts, start) + [f["effective_at"] for f in later[:1]]
        return min(ends) if ends else None

    def _silenced(self, facts, start, day, pays) -> bool:
        """Whether the rules look away while the version still holds."""
        if self.rules.at_notice and self._noticed(facts, start, day):
            return True
        if pays and not self.rules.paused_counts and self._paused(facts, day):
            return True
        if self.rules.past_due_days is not None and start.get("status") == "past_due":
            since = self._past_due_since(facts, start)
            return (day - since).days >= self.rules.past_due_days
        return False

    def _noticed(self, facts, start, day) -> bool:
        over = self.last_day_after(facts, start)
        said = [
            f
            for f in facts
            if f["kind"] == "notice"
            and f.get("version_key") in (None, start["version_key"])
            and (over is None or f["effective_at"] <= over)
            and (f.get("ends_at") is None or f["ends_at"] > start["effective_at"])
        ]
        if not said:
            return False
        last = max(said, key=lambda f: (f["effective_at"], f["known_at"], f["message_id"]))
        return last.get("ends_at") is not None and self.local_day(last["effective_at"]) <= day

    def _paused(self, facts, day) -> bool:
        turns = [f for f in facts if f["kind"] in ("pause", "resume")]
        turns = sorted(turns, key=lambda f: (f["effective_at"], f["known_at"], f["message_id"]))
        turns = [f for f in turns if self.local_day(f["effective_at"]) <= day]
        if not turns or turns[-1]["kind"] != "pause":
            return False
        until = turns[-1].get("ends_at")
        return until is None or self.local_day(until) > day

    def _past_due_since(self, facts, start) -> date:
        order = sorted(
            (f for f in facts if f["kind"] == "start"),
            key=lambda f: (f["effective_at"], f["known_at"], f["message_id"]),
        )
        since = start
        for earlier in reversed(order[: order.index(start)]):
            over = self.last_day_after(facts, earlier)
            if self.local_day(over) <= self.local_day(earlier["effective_at"]):
                continue  # held at the end of no day
            if earlier.get("status") != "past_due":
                break
            since = earlier
        return self.local_day(since["effective_at"])

    def _lines(self, key, day) -> list[Holding]:
        end = self.end_of(day)
        lines = [f for f in self.by_subscription[key] if is_line(f)]
        found = []
        for line in lines:
            if line["ends_at"] <= line["effective_at"] or line["effective_at"] >= end:
                continue
            follows = [
                other["effective_at"]
                for other in lines
                if self._currency(other) == self._currency(line)
                and line["ends_at"] <= other["effective_at"] <= line["ends_at"] + DAY
            ]
            until = min(follows) if follows else line["ends_at"]
            pays = line["mrr_minor"] != 0
            if (
                pays
                and not self.rules.paused_counts
                and self._paused(self.by_subscription[key], day)
            ):
                continue
            if until >= end:
                described = self._described(key, line)
                found.append(self._holding(key, line, described, line["mrr_minor"], pays))
        return found

    def _described(self, key, line) -> dict:
        """The line with the columns it lacks taken from what was held when its service began."""
        facts = self.by_subscription[key]
        for start in sorted(
            (f for f in facts if f["kind"] == "start"), key=lambda f: f["effective_at"]
        ):
            over = self.last_day_after(facts, start)
            is_there = start["effective_at"] < line["ends_at"]
            if is_there and (
                over is None or over > max(line["effective_at"], start["effective_at"])
            ):
                attributes = (
                    line["attributes"] if line["attributes"] != "{}" else start["attributes"]
                )
                plan = line.get("plan") or start.get("plan")
                return {"attributes": attributes, "plan": plan, "status": start.get("status")}
        return line

    def _currency(self, fact) -> str:
        return fact.get("currency") or self.default_currency

    def _holding(self, key, fact, described, mrr, pays) -> Holding:
        columns = {
            **json.loads(described["attributes"]),
            "plan": described.get("plan"),
            "source": key[0],
            "status": described.get("status") or "active",
        }
        return Holding(
            key[1], self._currency(fact), mrr, fact["effective_at"], key[2],
            fact["fact_key"], columns, pays,
        )  # fmt: skip

    # What it is worth

    def factor(self, currency: str, into: str, day: date) -> float:
        """Both currencies have hundredths here."""
        if currency == into:
            return 1.0
        known = [(when, 1, rate) for when, a, b, rate in self.rates if (a, b) == (currency, into)]
        known += [
            (when, 0, 1 / rate) for when, a, b, rate in self.rates if (b, a) == (currency, into)
        ]
        return max(row for row in known if row[0] <= day)[2]

    def value(self, minor: int, currency: str, into: str | None, day: date) -> int:
        if into is None:
            return minor
        exact = minor * self.factor(currency, into, day)
        return int(exact + 0.5) if exact >= 0 else -int(-exact + 0.5)


def is_line(fact: dict) -> bool:
    has_span = fact.get("ends_at") is not None
    return fact["kind"] == "invoice_line" and fact.get("mrr_minor") is not None and has_span


def churn_months(world: World, first: date, months: int, *, by=None, into=None) -> dict:
    """{(month, currency, group): {field: value}} with the fields of `tenure churn`."""
    start = world.local_day(min(f["effective_at"] for f in world.facts)) - DAY
    start = min(start, first - DAY)
    stop = add_months(first, months)
    days = [start + DAY * n for n in range((stop - start).days)]
    held = {day: world.holdings(day) for day in days}
    native = {day: balances(held[day]) for day in days}
    units = sorted({(h.account, into or h.currency) for day in days for h in held[day] if h.pays})
    found: dict = defaultdict(lambda: defaultdict(int))
    paid_before: set = set()
    left_on: dict = {}
    moves = defaultdict(list)
    for before, day in zip(days, days[1:], strict=False):
        for unit in units:
            account, currency = unit
            was, now = (worth(world, native[d], unit, into, day) for d in (before, day))
            paid, pays = (pays_at(native[d], unit, into) for d in (before, day))
            kind = kind_of(world, unit, day, paid, pays, now - was, paid_before, left_on)
            if pays:
                paid_before.add(unit)
            if paid and not pays:
                left_on[unit] = day
            if kind:
                moves[unit, day.replace(day=1)].append((day, kind, now - was))
    for n in range(months):
        month = add_months(first, n)
        opens, closes = month - DAY, add_months(month, 1) - DAY
        for unit in units:
            tell_month(world, found, held, native, moves, unit, month, opens, closes, by, into)
    for account, currency, lost_on, holding in free_lost(world, held, days):
        month = lost_on.replace(day=1)
        if first <= month < stop:
            group = group_of(world, account, by, [holding], lost_on, into)
            found[month, into or currency, group]["free_accounts_lost"] += 1
    return {key: finish(sums, world.rules) for key, sums in found.items()}


def balances(holdings) -> dict:
    """{(account, currency): mrr} of those that pay, never below zero."""
    sums: dict = defaultdict(int)
    for h in holdings:
        if h.pays:
            sums[h.account, h.currency] += h.mrr
    return {unit: mrr for unit, mrr in sums.items() if mrr > 0}


def worth(world, native, unit, into, day) -> int:
    account, currency = unit
    if into is None:
        return native.get(unit, 0)
    return sum(
        world.value(mrr, cur, into, day) for (acc, cur), mrr in native.items() if acc == account
    )


def pays_at(native, unit, into) -> bool:
    if into is None:
        return native.get(unit, 0) > 0
    return any(acc == unit[0] and mrr > 0 for (acc, _), mrr in native.items())


def kind_of(world, unit, day, paid, pays, delta, paid_before, left_on) -> str | None:
    if not paid and pays:
        if unit not in paid_before:
            return "new"
        window = world.rules.reactivation_within
        late = window is not None and (day - left_on[unit]).days > window
        return "new" if late else "reactivation"
    if paid and not pays:
        return "churn"
    if delta:
        return "expansion" if delta > 0 else "contraction"
    return None


def tell_month(world, found, held, native, moves, unit, month, opens, closes, by, into) -> None:
    start, end = (
        worth(world, native[opens], unit, into, opens),
        worth(world, native[closes], unit, into, closes),
    )
    paid, pays = pays_at(native[opens], unit, into), pays_at(native[closes], unit, into)
    here = moves.get((unit, month), [])
    if not paid and not here:
        return
    day = opens if paid else min(d for d, _, _ in here)
    mine = [
        h for h in held[day] if h.account == unit[0] and h.pays and (into or h.currency == unit[1])
    ]
    sums = found[month, unit[1], group_of(world, unit[0], by, mine, day, into)]
    sums["accounts_at_start"] += paid
    sums["accounts_at_end"] += pays
    sums["mrr_at_start_minor"] += start
    sums["mrr_at_end_minor"] += end
    moved = 0
    for _, kind, delta in here:
        moved += delta
        count = {"new": "new", "reactivation": "reactivated", "churn": "churned"}.get(kind)
        if count:
            sums[f"accounts_{count}"] += 1
        sums[f"mrr_{count or kind}_minor"] += delta
        if paid or pays or world.rules.all_in_rates:
            sums["lost" if kind in ("churn", "contraction") else "won_back"] += (
                delta if kind != "new" else 0
            )
    sums["mrr_fx_minor"] += end - start - moved
    sums["acquired"] += pays and any(kind == "new" for _, kind, _ in here)
    sums["left"] += paid and not pays
    if paid:
        same = worth(world, native[closes], unit, into, opens)  # at the rate of the start
        sums["kept"] += min(start, same)
        sums["grown"] += same


def group_of(world, account, by, holdings, day, into):
    if by is None:
        return None
    if by.startswith("account."):
        return world.traits.get(account, {}).get(by.removeprefix("account."))
    if len(holdings) == 1:
        return holdings[0].columns.get(by)
    compared_on = day if into is None else last_change(world, account, day)
    return min(
        holdings,
        key=lambda h: (
            -world.value(h.mrr, h.currency, into, compared_on), h.starts, h.subscription, h.key,
        ),
    ).columns.get(by)  # fmt: skip


def last_change(world, account, day) -> date:
    """Subscriptions in several currencies are compared at the rate of the account's last change."""
    while paid_keys(world, account, day) == paid_keys(world, account, day - DAY):
        day -= DAY
    return day


def paid_keys(world, account, day) -> set[str]:
    return {h.key for h in world.holdings(day) if h.account == account and h.pays}


def free_lost(world, held, days):
    """Accounts that never paid, on the day on which they stopped holding anything for good."""
    accounts = {h.account for day in days for h in held[day]}
    ever = {f["account_key"] for f in world.facts}
    assert accounts <= ever
    for account in sorted(accounts):
        last, paid = None, False
        for day in days:
            mine = [h for h in held[day] if h.account == account]
            paid = paid or any(h.pays for h in mine)
            if mine:
                last = (day, mine)
        day, mine = last
        if paid or day == days[-1]:
            continue
        latest = max(h.starts for h in mine)
        holding = min((h for h in mine if h.starts == latest), key=lambda h: h.key)
        yield account, holding.currency, day + DAY, holding


def finish(sums, rules: Rules) -> dict:
    start, mrr = sums["accounts_at_start"], sums["mrr_at_start_minor"]
    left = sums["accounts_churned"] if rules.all_in_rates else sums["left"]
    stood = start + (sums["accounts_new"] if rules.plus_new else 0)
    fields = [
        "accounts_at_start",
        "accounts_new",
        "accounts_reactivated",
        "accounts_churned",
        "accounts_at_end",
        "free_accounts_lost",
        "mrr_at_start_minor",
        "mrr_new_minor",
        "mrr_expansion_minor",
        "mrr_contraction_minor",
        "mrr_churned_minor",
        "mrr_reactivated_minor",
        "mrr_fx_minor",
        "mrr_at_end_minor",
    ]
    return {
        **{name: sums[name] for name in fields},
        "account_acquisition_rate": sums["acquired"] / start if start else None,
        "account_churn_rate": left / stood if stood else None,
        "gross_mrr_churn_rate": -sums["lost"] / mrr if mrr else None,
        "net_mrr_churn_rate": -(sums["lost"] + sums["won_back"]) / mrr if mrr else None,
        "grr": sums["kept"] / mrr if mrr else None,
        "nrr": sums["grown"] / mrr if mrr else None,
    }


def add_months(day: date, n: int) -> date:
    month = day.year * 12 + day.month - 1 + n
    return date(month // 12, month % 12 + 1, 1)
