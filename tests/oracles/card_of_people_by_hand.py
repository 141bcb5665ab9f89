"""The other half of `card_by_hand`: people, steps, limits, tickets, payments, outcomes, flags."""

import math
from datetime import date, timedelta

from oracles.card_by_hand import (
    NEVER,
    ROLES,
    day_of,
    held,
    identified,
    mean,
    mrr_on,
    part,
    periods,
    standing,
    usual_gap,
)


def said_of(world, person, account, trait):
    """The last that was said of a person for an account; with None, for any."""
    found = None
    for event in world.of_person(person):
        says = event["type"] == "identify" or (
            trait == "role" and event["name"] == "Account Added User"
        )
        value = str(event["properties"].get(trait, "")).strip()
        if not (says and value):
            continue
        named = event["account"] or account
        if account is None or named == account:
            found = value
    return found


def role_of(world, person, account):
    said = said_of(world, person, account, "role")
    if said is None:
        return None
    return world.product["roles"].get(said.lower(), said.lower() if said.lower() in ROLES else None)


def seen_days(world, account):
    """Days with use, by identified person."""
    days = {}
    for event in world.use(account):
        if identified(event):
            days.setdefault(event["who"], []).append(event["day"])
    return days


def roles(world, account):
    members = sorted(person for person, home in world.members if home == account)
    seen = seen_days(world, account)
    everybody = {person: role_of(world, person, account) for person in {*members, *seen}}
    found = {"members": len(members)}
    for role in ROLES:
        found[f"members_{role}"] = sum(1 for each in members if everybody[each] == role)
        days = [max(on) for person, on in seen.items() if everybody[person] == role]
        found[f"last_seen_{role}_on"] = max(days, default=None)
    known = {everybody[each] for each in members} - {None}
    found["members_without_role"] = sum(1 for each in members if everybody[each] is None)
    found["roles_present"] = [role for role in ROLES if role in known]
    found["roles_missing"] = [role for role in ROLES if role not in known] if known else None
    return found


def champion(world, account):
    seen = seen_days(world, account)
    if not seen:
        return {}
    recent = {
        person: [on for on in days if 0 <= (world.today - on).days < 90]
        for person, days in seen.items()
    }
    best = min(
        seen,
        key=lambda person: (
            -len(set(recent[person])),
            -len(recent[person]),
            -len(set(seen[person])) if not any(recent.values()) else 0,
            min(seen[person]),
            person,
        ),
    )
    whole = sum(map(len, recent.values()))
    return {
        "champion_id": best,
        "champion_name": said_of(world, best, account, "name"),
        "champion_role": role_of(world, best, account),
        "champion_last_seen_on": max(seen[best]),
        "champion_use_share_90_days": part(len(recent[best]), whole) if recent[best] else None,
        "is_champion_member": (best, account) in world.members,
    }


def first_value(world, account):
    use = world.use(account)
    if not use:
        return {}
    began = min(event["day"] for event in use)
    reached, on = 0, None
    for number, step in enumerate(world.product["steps"], 1):
        named = [event for event in world.named(account) if event["name"] == step["event"]]
        days = [event["day"] for event in named]
        if not days:
            break
        reached, on = number, max(min(days), on or min(days))
    steps = world.product["steps"]
    following = steps[reached] if reached < len(steps) else None
    due = following and (on or began) + timedelta(days=following["within_days"])
    return {
        "first_value_on": None if following else on,
        "first_value_days": None if following else (on - began).days,
        "step_reached": reached,
        "step_reached_on": on,
        "next_step": following and following["name"],
        "next_step_due_on": due,
        "is_stuck": bool(due and due < world.today and held(world, account)),
    }


def limits(world, account):
    now = held(world, account)
    plan = world.product["plans"].get(now[0]["plan"], {}) if now else {}
    mine = world.of(account)
    best = None
    for name, limit in sorted(world.product["limits"].items()):
        at_most = plan.get("limits", {}).get(name)
        if not at_most:
            continue
        used, pace = _used(world, account, limit, mine, now[0])
        if used is None:
            continue
        left = None
        if used >= at_most:
            left = 0
        elif pace and pace > 0 and (at_most - used) / pace <= 365:
            left = math.ceil((at_most - used) / pace)
        key = (-used / at_most, left if left is not None else 9999, name)
        if best is None or key < best[0]:
            on = None if left is None else world.today + timedelta(days=left)
            if (
                on
                and limit["period"] == "month"
                and (on.year, on.month)
                != (
                    world.today.year,
                    world.today.month,
                )
            ):
                on = None
            best = (
                key,
                {
                    "limit_name": name,
                    "limit_used": used,
                    "limit_at_most": at_most,
                    "limit_use_share": used / at_most,
                    "limit_full_on": on,
                },
            )
    return best[1] if best else {}


def _used(world, account, limit, mine, main):
    month = (world.today.year, world.today.month)
    rows = [event for event in mine if event["name"] == limit["event"]]
    lately = [event for event in rows if world.age(event) < 28]
    so_far = [event for event in rows if (event["day"].year, event["day"].month) == month]
    if limit["counts"] == "seats":
        return main["seats"], None
    if limit["counts"] == "people":
        seen = seen_days(world, account)
        here = [person for person, home in world.members if home == account]
        new = [p for p in here if p in seen and (world.today - min(seen[p])).days < 28]
        return len(here), len(new) / 28
    if limit["counts"] == "events":
        if limit["period"] == "month":
            return len(so_far), len(so_far) / world.today.day
        return len(rows), len(lately) / 28
    key = limit["property"]
    values = [event for event in rows if key in event["properties"]]
    if limit["counts"] == "value":
        if not values:
            return None, None
        before = [event for event in values if world.age(event) >= 28]
        start = before[-1]["properties"][key] if before else 0
        return values[-1]["properties"][key], (values[-1]["properties"][key] - start) / 28
    if limit["period"] == "month":
        whole = sum(event["properties"].get(key, 0) for event in so_far)
        return whole, whole / world.today.day
    return (
        sum(event["properties"][key] for event in values),
        sum(event["properties"].get(key, 0) for event in lately) / 28,
    )


def tickets(world, account):
    told = [
        event
        for event in world.of(account)
        if (event["type"] == "ticket" or event["name"] == "Call Logged")
    ]
    by_id = {}
    for event in told:
        if event["type"] == "ticket":
            by_id.setdefault(event["properties"]["ticket_id"], []).append(event)
    found = []
    for number, rows in by_id.items():
        values = {}
        for row in rows:
            values |= {k: v for k, v in row["properties"].items() if v is not None}
        found.append({**values, "number": number, "on": rows[0]["day"], "at": rows[0]["at"],
                      "is_closed": rows[-1]["name"] == "Ticket Closed",
                      "closed_on": rows[-1]["day"]})  # fmt: skip
    found.sort(key=lambda each: (each["at"], each["number"]))
    recent = [each for each in found if (world.today - each["on"]).days < 90]
    toned = [each["tone"] for each in recent if "tone" in each]
    bad = sum(1 for tone in toned if tone in {"worried", "angry"})
    return {
        "tickets_open": sum(1 for each in found if not each["is_closed"]),
        "tickets_28_days": sum(1 for each in found if (world.today - each["on"]).days < 28),
        "tickets_90_days": len(recent),
        "tickets_bad_tone_90_days": bad,
        "tickets_bad_tone_share": part(bad, len(toned)),
        "last_ticket_tone": next((t["tone"] for t in reversed(found) if "tone" in t), None),
        "ticket_rating_mean": mean(each["rating"] for each in recent if "rating" in each),
        "tickets_unsolved_90_days": sum(
            1
            for each in found
            if each["is_closed"]
            and each.get("is_solved") is False
            and (world.today - each["closed_on"]).days < 90
        ),
        "first_response_hours_mean": mean(
            each["first_response_hours"] for each in recent if "first_response_hours" in each
        ),
        "last_ticket_on": found[-1]["on"] if found else None,
        "last_conversation_on": max((event["day"] for event in told), default=None),
    }


def payments(world, account):
    rows = sorted(
        (fact for fact in world.billed(account) if fact["kind"].startswith("payment")),
        key=lambda fact: fact["at"],
    )
    failed = [day_of(fact["at"], world.zone) for fact in rows if fact["kind"] == "payment_failed"]
    paid = [day_of(fact["at"], world.zone) for fact in rows if fact["kind"] != "payment_failed"]
    paying = {each["subscription"] for each in held(world, account) if each["pays"]}
    owed = []
    for subscription in paying:
        row = []
        for fact in rows:
            if fact["subscription"] == subscription:
                row = [*row, fact] if fact["kind"] == "payment_failed" else []
        owed += [day_of(fact["at"], world.zone) for fact in row]
    card = None
    for fact in sorted(world.billed(account), key=lambda fact: fact["at"]):
        said = fact.get("attributes", {})
        if "card_exp_year" in said:
            following = date(said["card_exp_year"], said["card_exp_month"], 28) + timedelta(days=4)
            card = following.replace(day=1) - timedelta(days=1)
    return {
        "payments_failed_90_days": sum(1 for on in failed if (world.today - on).days < 90),
        "last_payment_failed_on": max(failed, default=None),
        "last_paid_on": max(paid, default=None),
        "has_unpaid": bool(owed),
        "unpaid_since_on": min(owed, default=None),
        "card_expires_on": card,
    }


def intent(world, account):
    cancel, signs = [], []
    for event in world.of(account):
        if event["type"] == "page" and "/cancel" in event["properties"].get("path", ""):
            cancel.append(event)
        if event["name"] in world.product["intents"]:
            (cancel if "cancel" in event["name"].lower() else signs).append(event)
    return {
        "cancel_page_visits_14_days": sum(1 for event in cancel if world.age(event) < 14),
        "cancel_page_visits_90_days": sum(1 for event in cancel if world.age(event) < 90),
        "last_cancel_page_on": max((event["day"] for event in cancel), default=None),
        "intent_events_28_days": sum(1 for e in [*cancel, *signs] if world.age(e) < 28),
    }


def statements(world, account):
    """By role ("" is the account): (outcome, event that first said so, versions)."""
    by_role = {}
    for event in world.of(account):
        said = event["properties"]
        if event["name"] == "Outcome Stated":
            role, outcome = said.get("role", "").lower(), said["outcome"]
        elif event["type"] in {"group", "identify"} and "required_outcome" in said:
            role = said.get("role", "").lower() if event["type"] == "identify" else ""
            outcome = said["required_outcome"]
        else:
            continue
        role = world.product["roles"].get(role, role)
        held_now, first, versions = by_role.get(role, (None, None, 0))
        if outcome != held_now:
            by_role[role] = outcome, event, versions + (outcome != "")
    return {role: each for role, each in by_role.items() if each[0]}


def outcome(world, account):
    said = statements(world, account)
    if not said:
        return {"outcome_versions": 0}
    order = sorted(
        said,
        key=lambda role: (
            {"": 0, "buyer": 1}.get(role, 2),
            -said[role][1]["at"].timestamp(),
            role,
        ),
    )
    wanted, event, _ = said[order[0]]
    declared = world.product["outcomes"].get(wanted)
    found = {
        "required_outcome": wanted,
        "required_outcome_of": order[0] or "account",
        "outcome_versions": sum(versions for _, _, versions in said.values()),
        "outcome_stated_on": event["day"],
        "outcome_stated_by": event["properties"].get("by") or event["who"],
        "outcome_reached_on": None,
        "outcome_events_seen_share": None,
        "is_outcome_reached": None,
    }
    found |= {f"outcome_{role}": said[role][0] if role in said else None for role in ROLES}
    if declared:
        days = [
            {e["day"] for e in world.named(account) if e["name"] == name}
            for name in declared["events"]
        ]

        def within(on, some):
            return any(0 <= (on - each).days < declared["within_days"] for each in some)

        every = sorted(set().union(*days))
        reached = [on for on in every if all(within(on, some) for some in days)]
        found["outcome_reached_on"] = reached[0] if reached else None
        found["is_outcome_reached"] = bool(reached)
        found["outcome_events_seen_share"] = part(
            sum(1 for some in days if within(world.today, some)), len(days)
        )
    return found


def quality(world, account, season):
    use = world.use(account)
    first, last = (min(e["day"] for e in use), max(e["day"] for e in use)) if use else (None, None)
    past = [each for each in periods(world, account) if each["from"] <= world.today]
    starts = min((each["from"] for each in past), default=None)
    ends = max((each["to"] or NEVER for each in past), default=None)
    status, _ = standing(world, account)
    pays = status["mrr_minor"] > 0
    since = None
    if pays:
        since = world.today
        while any(mrr_on(world, account, since - timedelta(days=1)).values()):
            since -= timedelta(days=1)
    seats = [each["seats"] for each in held(world, account) if each["seats"] is not None]
    members = sum(1 for _, home in world.members if home == account)
    flags = {
        "used_after_end": bool(
            use and ends and ends <= world.today and (last - ends).days > 7
        ),
        "used_before_subscription": bool(use and starts and (starts - first).days > 30),
        "paying_never_used": bool(
            pays and not use and season is not None and (world.today - since).days >= 14
        ),
        "only_anonymous_use": bool(use and not any(map(identified, use))
                                   and any(e["anon"] for e in use)),
        "several_currencies": len(mrr_on(world, account, world.today)) > 1,
        "people_over_seats": bool(pays and seats and members > sum(seats)),
    }  # fmt: skip
    found = [name for name, holds in flags.items() if holds]
    return {"quality_flags": found, "quality_flags_count": len(found)}


def traits(world, account):
    found = dict.fromkeys(("country", "industry", "employees", "acquisition_source"))
    for event in world.of(account):
        if event["type"] == "group":
            said = dict(event["properties"])
            said["acquisition_source"] = said.get("acquisition_channel")
            found = {name: said.get(name) or found[name] for name in found}
    return found


def person(world, who):
    """A person's card, without what only looks up the account's."""
    use = [
        event
        for event in world.events
        if event["who"] == who and event["type"] in {"track", "page", "screen"}
    ]
    recent = [event for event in use if world.age(event) < 112]
    lately = [event for event in use if world.age(event) < 28]
    features = {
        name
        for name, one in world.product["features"].items()
        if any(event["name"] in one["events"] for event in lately)
    }
    homes = sorted(account for one, account in world.members if one == who)
    return {
        "name": said_of(world, who, None, "name"),
        "email": said_of(world, who, None, "email"),
        "accounts": homes,
        "active_days_28_days": len({event["day"] for event in lately}),
        "active_days_before": len({e["day"] for e in recent}) - len({e["day"] for e in lately}),
        "events_28_days": len(lately),
        "features_used_28_days": len(features),
        "usual_gap_days": usual_gap({event["day"] for event in recent}),
    }
