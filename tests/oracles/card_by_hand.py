"""The columns of an account's card, worked out by walking over its events and facts one by one.

Shares no code and no SQL with Tenure. An event is a dict with `account, person, anon, type, name,
at, passive, properties`, a fact one with `account, subscription, kind, at` and what else its kind has; the
product is the plain dict of `PRODUCT`'s shape. Times are aware; what is not known yet was left out
by the caller.
"""

import math
from datetime import date, timedelta
from statistics import median

USE = {"track", "page", "screen"}
ROLES = ["buyer", "implementer", "user", "executive"]
NEVER = date(9999, 12, 31)


def day_of(at, zone):
    return at.astimezone(zone).date()


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers) if numbers else None


def part(a, b):
    return a / b if a is not None and b else None


class World:
    """All events and facts that are known, with who belongs where worked out."""

    def __init__(self, events, facts, product, today, zone):
        self.product, self.today, self.zone = product, today, zone
        self.facts = facts
        self.use_of = None
        self.periods_of = {}
        pairs = {}
        for event in events:
            if event["person"] and event["account"]:
                joined, removed = pairs.setdefault(
                    (event["person"], event["account"]), (None, None)
                )
                if event["type"] in {"identify", "group"} or event["name"] in {
                    "Signed Up",
                    "Account Added User",
                }:
                    joined = max(filter(None, (joined, event["at"])))
                if event["name"] == "Account Removed User":
                    removed = max(filter(None, (removed, event["at"])))
                pairs[event["person"], event["account"]] = joined, removed
        self.members = {
            pair
            for pair, (joined, removed) in pairs.items()
            if removed is None or (joined and joined > removed)
        }
        linked = self.members | {
            pair for pair in pairs if not any(person == pair[0] for person, _ in self.members)
        }
        accounts_of = {}
        for person, account in linked:
            accounts_of.setdefault(person, set()).add(account)
        self.accounts_of = accounts_of
        self.events = []
        for event in sorted(events, key=lambda each: (each["at"], each["id"])):
            homes = accounts_of.get(event["person"], set())
            account = event["account"] or (next(iter(homes)) if len(homes) == 1 else None)
            who = event["person"] or (event["anon"] and f"anon:{event['anon']}")
            row = {**event, "account": account, "who": who, "day": day_of(event["at"], zone)}
            if event["passive"] and event["type"] in USE:
                row["type"] = "passive"
            self.events.append(row)
        self._of_account, self._of_person, self._billed = {}, {}, {}
        for event in self.events:
            self._of_account.setdefault(event["account"], []).append(event)
            self._of_person.setdefault(event["person"], []).append(event)
        for fact in facts:
            self._billed.setdefault(fact["account"], []).append(fact)

    def of(self, account):
        """The events of one account, in order."""
        return self._of_account.get(account, [])

    def of_person(self, person):
        return self._of_person.get(person, [])

    def billed(self, account):
        """The facts of one account, as they were given."""
        return self._billed.get(account, [])

    def accounts(self):
        named = {event["account"] for event in self.events} - {None}
        return sorted(named | {fact["account"] for fact in self.facts})

    def named(self, account):
        """Use of one account, and what a program did for it."""
        return [event for event in self.of(account) if event["type"] in {*USE, "passive"}]

    def use(self, account):
        """Use of one account, in order."""
        if self.use_of is None:
            self.use_of = {}
            for event in self.events:
                if event["type"] in USE:
                    self.use_of.setdefault(event["account"], []).append(event)
        return self.use_of.get(account, [])

    def age(self, event):
        return (self.today - event["day"]).days


# What it holds ------------------------------------------------------------------------------


def periods(world, account):
    """Versions in order, each until the next one of its subscription or the end of that."""
    if account not in world.periods_of:
        world.periods_of[account] = _periods(world, account)
    return world.periods_of[account]


def _periods(world, account):
    found = []
    facts = world.billed(account)
    for subscription in sorted({fact["subscription"] for fact in facts}):
        mine = sorted(
            (fact for fact in facts if fact["subscription"] == subscription),
            key=lambda fact: fact["at"],
        )
        turns = [fact for fact in mine if fact["kind"] in {"start", "end"}]
        for fact, following in zip(turns, [*turns[1:], None], strict=True):
            if fact["kind"] != "start":
                continue
            until = following["at"] if following else None
            said = [
                notice
                for notice in mine
                if notice["kind"] == "notice"
                and (until is None or notice["at"] <= until)
                and (notice["until"] is None or notice["until"] > fact["at"])
            ]
            notice_at = said[-1]["at"] if said and said[-1]["until"] else None
            period = {
                **fact,
                "from": day_of(fact["at"], world.zone),
                "to": day_of(until, world.zone) if until else None,
                "pays": fact["status"] in {"active", "past_due"} and fact["mrr"] > 0,
                "notice_at": notice_at,
            }
            if period["to"] is None or period["to"] > period["from"]:
                found.append(period)
    return found


def held(world, account):
    """What stands at the end of today, the dearest first, with since when its terms hold."""
    now = []
    for subscription in sorted({each["subscription"] for each in periods(world, account)}):
        chain = [each for each in periods(world, account) if each["subscription"] == subscription]
        for place, period in enumerate(chain):
            if period["from"] > world.today or (period["to"] or NEVER) <= world.today:
                continue
            row = dict(period)
            for name, keys in (("plan_since", ["plan"]), ("billed_since", ["interval", "count"])):
                first = place
                while first > 0 and all(
                    chain[first - 1][key] == period[key] for key in [*keys, "pays"]
                ) and chain[first - 1]["to"] == chain[first]["from"]:  # fmt: skip
                    first -= 1
                row[name] = chain[first]["from"]
            notice = period["notice_at"]
            row["noticed"] = bool(notice and day_of(notice, world.zone) <= world.today)
            now.append(row)
    now.sort(key=lambda each: each["subscription"])
    now.sort(key=lambda each: each["from"], reverse=True)
    now.sort(key=lambda each: each["to"] or NEVER, reverse=True)
    now.sort(key=lambda each: each["mrr"] if each["pays"] else 0, reverse=True)
    return now


def mrr_on(world, account, on):
    """MRR by currency at the end of a day."""
    money = {}
    for period in periods(world, account):
        if period["pays"] and period["from"] <= on < (period["to"] or NEVER):
            money[period["currency"]] = money.get(period["currency"], 0) + period["mrr"]
    return money


def standing(world, account):
    money = mrr_on(world, account, world.today)
    past = [each for each in periods(world, account) if each["from"] <= world.today]
    ever = any(each["pays"] for each in past)
    now = held(world, account)
    if money:
        ahead = [
            each
            for each in periods(world, account)
            if each["pays"] and (each["to"] or NEVER) > world.today
        ]
        leaves = all(
            each["notice_at"] and day_of(each["notice_at"], world.zone) <= world.today
            for each in ahead
        )
        status = "leaving" if leaves else "paying"
    elif any(each["status"] == "trialing" for each in now):
        status = "trial"
    elif now:
        status = "free"
    else:
        status = "left" if ever else "never_paid"
    currency = min(money, key=lambda each: (-money[each], each)) if money else None
    return {"status": status, "mrr_minor": money.get(currency, 0)}, currency


def months_later(start, months):
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last))


def next_renewal(start, interval, count, today):
    steps = 0
    while True:
        steps += 1
        if interval in {"day", "week"}:
            on = start + timedelta(days=(7 if interval == "week" else 1) * count * steps)
        else:
            months = {"month": 1, "quarter": 3, "year": 12}[interval] * count * steps
            on = months_later(start, months)
        if on > today:
            return on


def terms(world, account):
    past = [each for each in periods(world, account) if each["from"] <= world.today]
    now = held(world, account)
    main = now[0] if now else None
    renews = None
    if main and main["pays"] and not main["noticed"]:
        renews = next_renewal(main["billed_since"], main["interval"], main["count"], world.today)
    said = [event for event in world.of(account) if event["name"] == "Trial Started"]
    end_said = said and said[-1]["properties"].get("trial_end_date")
    trials = [
        each["to"] or (date.fromisoformat(end_said) if end_said else None)
        for each in now
        if each["status"] == "trialing"
    ]
    return {
        "customer_since_on": min((each["from"] for each in past if each["pays"]), default=None),
        "plan_since_on": main["plan_since"] if main else None,
        "renews_on": renews,
        "trial_ends_on": max(filter(None, trials), default=None),
        **pause(world, account),
    }


def price(world, account):
    now = held(world, account)
    _, currency = standing(world, account)
    listed = []
    for each in now:
        if each["pays"] and each["currency"] == currency:
            plan = world.product["plans"].get(each["plan"], {})
            amount = plan.get("prices", {}).get(currency)
            if amount is not None and plan["per_seat"]:
                amount = amount * each["seats"] if each["seats"] is not None else None
            listed.append((amount, each["mrr"]))
    whole = None
    if listed and all(amount is not None for amount, _ in listed):
        whole = sum(amount for amount, _ in listed)
    told = [each["seats"] for each in now if each["seats"] is not None]
    seats = sum(told) if told else None
    members = sum(1 for _, home in world.members if home == account)
    used = people(world, account)["people_active_28_days"]
    return {
        "list_price_minor": whole,
        "bill_minor": bill(now),
        "price_to_list_share": part(sum(mrr for _, mrr in listed), whole),
        "seats": seats,
        "seats_taken_share": part(members, seats),
        "seats_active_share": part(used, seats),
    }


def bill(now):
    """Of whoever pays for one thing alone, and where no discount in it runs out."""
    paid = [each for each in now if each["pays"]]
    if len(paid) != 1 or "discount_ends_on" in paid[0]["attributes"]:
        return None
    return paid[0].get("amount")


def hundreds(world, account):
    return standing(world, account)[0]["mrr_minor"] / 10_000 or None


# Use ------------------------------------------------------------------------------------------


def identified(event):
    return event["person"] is not None


def people(world, account):
    use = [event for event in world.use(account) if world.age(event) >= 0]
    monday = world.today - timedelta(days=world.today.weekday())

    def between(first, before, wanted=identified):
        return {e["who"] for e in use if first <= e["day"] < before and wanted(e)}

    def lately(days):
        return [event for event in use if world.age(event) < days]

    weeks = [monday - timedelta(days=7 * back) for back in range(5)]
    return {
        "people_active_this_week": len(between(monday, world.today + timedelta(days=1))),
        "people_active_last_week": len(between(weeks[1], weeks[0])),
        "people_active_4_weeks_mean": mean(
            len(between(weeks[n + 1], weeks[n])) for n in range(4)
        ),
        **{
            f"people_active_{n}_days": len({e["who"] for e in lately(n) if identified(e)})
            for n in (7, 28, 90)
        },
        **{f"events_{n}_days": len(lately(n)) for n in (7, 28, 90)},
        "visitors_active_28_days": len({e["who"] for e in lately(28) if e["anon"]
                                        and not e["person"]}),
        "active_days_28_days": len({e["day"] for e in lately(28)}),
    }  # fmt: skip


def breadth(world, account):
    features = world.product["features"]
    use = world.named(account)
    last = {
        name: max((e["day"] for e in use if e["name"] in one["events"]), default=None)
        for name, one in features.items()
    }
    lately = {name for name, on in last.items() if on and (world.today - on).days < 28}
    holding = [each for each in held(world, account) if each["plan"]]
    may = {}
    for name, one in features.items():
        mine = [e for e in holding if not one["plans"] or e["plan"] in one["plans"]]
        if mine:
            since = min(each["plan_since"] for each in mine)
            may[name] = (any(each["pays"] for each in mine), since)
    paid = any(pays for pays, _ in may.values())
    unused = sorted(
        name
        for name, (pays, since) in may.items()
        if pays and (last[name] is None or last[name] < since)
    )
    found = {
        "features_used_28_days": len(lately),
        "features_entitled": len(may) if may else None,
        "breadth_share": part(len(lately & may.keys()), len(may)),
        "paid_features_unused": unused if paid else None,
        "paid_features_unused_count": len(unused) if paid else None,
    }
    for what in ("product", "plan"):
        apart = {name for name in may if what in features[name]["sets_apart"]}
        used = len(apart & lately) if may else None
        found |= {
            f"{what}_features_entitled": len(apart) if may else None,
            f"{what}_features_used_28_days": used,
            f"{what}_breadth_share": part(used, len(apart)),
            f"{what}_features_used_per_100_mrr": part(used, hundreds(world, account)),
        }
    return found


def depth(world, account):
    apart = {n: one for n, one in world.product["features"].items() if one["sets_apart"]}
    by_person = {}
    for event in world.use(account):
        if identified(event) and 0 <= world.age(event) < 28:
            used = by_person.setdefault(event["who"], set())
            used |= {name for name, one in apart.items() if event["name"] in one["events"]}
    deep = sum(1 for used in by_person.values() if len(used) >= 2)

    def reached(days):
        total = 0.0
        for event in world.of(account):
            if not 0 <= world.age(event) < days:
                continue
            for name, key in world.product["reach"]:
                if event["name"] == name:
                    total += 1 if key is None else event["properties"].get(key, 0)
        return round(total)

    money, active = hundreds(world, account), len(by_person)
    return {
        "people_deep_28_days": deep,
        "people_deep_share": part(deep, active),
        "customers_reached_28_days": reached(28),
        "customers_reached_90_days": reached(90),
        "people_active_per_100_mrr": part(active, money),
        "people_deep_per_100_mrr": part(deep, money),
        "customers_reached_per_100_mrr": part(reached(28), money),
    }


def common_season(world):
    """None where nobody used anything."""
    ratios, somebody = [], False
    for account in world.accounts():
        # Counted back from yesterday.
        ages = [(world.age(e) - 1, e["day"]) for e in world.use(account)]
        ages = [(age, on) for age, on in ages if 0 <= age < 112]
        somebody = somebody or bool(ages)
        spans = [len({on for age, on in ages if age // 28 == span}) for span in (1, 2, 3)]
        if min(spans) >= 2:
            lately = sum(1 for age, _ in ages if age < 28)
            ratios.append(3 * lately / (len(ages) - lately))
    if not somebody:
        return None
    return min(1.0, round(median(ratios) * 10) / 10) if len(ratios) >= 20 else 1.0


def usual_gap(days):
    days = sorted(days)
    gaps = sorted((b - a).days for a, b in zip(days, days[1:], strict=False))
    return gaps[math.ceil(0.9 * len(gaps)) - 1] if len(gaps) >= 3 else None


def trend(world, account, season):
    use = world.use(account)
    if not use:
        return {}
    first = min(event["day"] for event in use)
    before = min(84, (world.today - first).days - 27)
    recent = [event for event in use if 0 <= world.age(event) < 112]
    spans = [[e for e in recent if world.age(e) // 28 == span] for span in range(4)]
    whole = [span for number, span in enumerate(spans) if number and number * 28 <= before]

    def against(count):
        return part(count(spans[0]), mean(map(count, whole))) if before >= 28 else None

    ratio = None
    if before >= 28:
        ratio = part(len(spans[0]) / 28, sum(map(len, spans[1:])) / before)
    z = None
    if before >= 84 and recent:
        weeks = [sum(1 for e in recent if world.age(e) // 7 == week) for week in range(16)]
        usual = median(weeks[4:])
        spread = 1.4826 * median(abs(week - usual) for week in weeks[4:])
        z = (mean(weeks[:4]) - usual) / max(spread, 1.0)
    own, past = None, [e for e in use if 364 <= world.age(e) < 476]
    if (world.today - first).days >= 448:
        base = [event for event in past if world.age(event) >= 392]
        if len({event["day"] for event in base}) >= 12:
            own = min(1.0, 3 * (len(past) - len(base)) / len(base))
    rest = own if own is not None else season if season is not None else 1.0
    seen = world.age(use[-1]) < 180
    return {
        "events_trend_ratio": ratio,
        "people_trend_ratio": against(
            lambda span: len({e["who"] for e in span if identified(e)})
        ),
        "features_trend_ratio": against(lambda span: len({e["name"] for e in span})),
        "events_robust_z": z,
        "trend": None if ratio is None
        else "rising" if ratio >= 1.25 else "falling" if ratio <= 0.75 else "steady",
        "season_ratio": rest if seen else None,
        "is_season_own": own is not None if seen else None,
        "events_expected_ratio": None if ratio is None else ratio / max(rest, 0.05),
        "usual_gap_days": usual_gap({e["day"] for e in use if 0 <= world.age(e) < 180}),
    }  # fmt: skip


def stage(world, account, season):
    status = standing(world, account)[0]["status"]
    use = world.use(account)
    past = [each for each in periods(world, account) if each["from"] <= world.today]
    firsts = [event["day"] for event in use] + [each["from"] for each in past]
    began = min(firsts, default=None)
    named = [event["day"] for event in world.of(account)]
    billed = [day_of(f["at"], world.zone) for f in world.billed(account)]
    first_word = began or min(named + billed)
    moved = trend(world, account, season)
    gap, rest = moved.get("usual_gap_days"), moved.get("season_ratio")
    rest = 1.0 if rest is None else rest
    silent = (world.today - max(e["day"] for e in use)).days if use else None
    before = len({event["day"] for event in use if 28 <= world.age(event) < 112})
    lapsed = max(60, 4 * (gap or 15)) * (2 if rest < 0.5 else 1)
    if status == "leaving":
        because = "notice"
    elif status == "left":
        because = "left"
    elif status == "never_paid" and past and all((p["to"] or NEVER) <= world.today for p in past):
        because = "trial_ended"
    elif pause(world, account)["is_paused"]:
        because = "paused"
    elif (world.today - first_word).days < 28:
        because = "began"
    elif season is None:
        because = "unmeasured"
    elif silent is None:
        because = "never_seen"
    elif silent > lapsed:
        because = "silent"
    elif silent > max(14, 2 * (gap or 14)) and rest >= 0.5:
        because = "quiet"
    elif (
        before >= 6
        and (moved["events_expected_ratio"] or 0) < 0.6
        and (moved["events_expected_ratio"] is not None)
    ):
        because = "less_use"
    else:
        because = "in_use"
    word = {
        "notice": "leaving",
        "left": "left",
        "trial_ended": "left",
        "began": "new",
        "never_seen": "lapsed",
        "silent": "lapsed",
        "quiet": "fading",
        "less_use": "fading",
    }
    return {"stage": word.get(because, "active"), "stage_because": because, "began_on": began}  # fmt: skip


def pause(world, account):
    """Whether all that it holds rests, and until when."""
    now = {each["subscription"] for each in held(world, account)}
    resting = {}
    for fact in world.billed(account):
        if fact["kind"] == "pause" and fact["subscription"] in now:
            turns = [
                other["at"]
                for other in world.facts
                if other["subscription"] == fact["subscription"]
                and other["kind"] in {"pause", "resume"}
                and other["at"] > fact["at"]
            ]
            until = min([*turns, *([fact["until"]] if fact["until"] else [])], default=None)
            until = day_of(until, world.zone) if until else NEVER
            if day_of(fact["at"], world.zone) <= world.today < until:
                resting[fact["subscription"]] = until
    paused = bool(now) and resting.keys() == now
    resumes = max(resting.values()) if paused else NEVER
    return {"is_paused": paused, "resumes_on": None if resumes == NEVER else resumes}
