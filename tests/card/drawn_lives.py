"""Lives of accounts drawn by chance, once for the lake and once for the oracle.

Accounts are of kinds that a plain draw would hardly ever make: steady, fading, silent, monthly,
seasonal, never seen, anonymous; with subscriptions in two currencies, notices, pauses and failures.
"""

import json
import random
from datetime import datetime, timedelta

from customers.arriving import DAY_0

DAYS = 560
PRODUCT = {
    "features": {
        "export": {"events": ["Exported"], "sets_apart": ["plan"], "plans": ["Pro", "Max"]},
        "portal": {"events": ["Portal Shared", "Portal Seen"], "sets_apart": ["product", "plan"],
                   "plans": ["Max"]},
        "billing": {"events": ["Invoice Sent"], "sets_apart": ["product"], "plans": []},
        "board": {"events": ["Board Viewed"], "sets_apart": [], "plans": []},
    },
    "plans": {
        "Free": {"per_seat": True, "prices": {"EUR": 0}, "limits": {"seats": 3, "boards": 20}},
        "Pro": {"per_seat": True, "prices": {"EUR": 1000, "USD": 1100},
                "limits": {"boards": 40, "exports": 6, "people": 6, "storage": 90}},
        "Max": {"per_seat": False, "prices": {"EUR": 9000}, "limits": {"guests": 30}},
    },
    "limits": {
        "seats": {"counts": "seats", "event": None, "property": None, "period": "ever"},
        "people": {"counts": "people", "event": None, "property": None, "period": "ever"},
        "boards": {"counts": "events", "event": "Board Viewed", "property": None,
                   "period": "ever"},
        "exports": {"counts": "events", "event": "Exported", "property": None, "period": "month"},
        "guests": {"counts": "sum", "event": "Portal Shared", "property": "guests",
                   "period": "ever"},
        "storage": {"counts": "value", "event": "Exported", "property": "stored",
                    "period": "ever"},
    },
    "roles": {"owner": "buyer", "admin": "implementer", "member": "user", "chief": "executive"},
    "steps": [
        {"name": "look", "event": "Board Viewed", "within_days": 3},
        {"name": "bill", "event": "Invoice Sent", "within_days": 10},
        {"name": "share", "event": "Portal Shared", "within_days": 20},
    ],
    "outcomes": {
        "paid_faster": {"events": ["Invoice Sent", "Exported"], "within_days": 9},
        "clients_see": {"events": ["Portal Shared", "Board Viewed", "Exported"],
                        "within_days": 28},
    },
    "reach": [("Portal Shared", "guests"), ("Invoice Sent", None)],
    "intents": ["Cancel Page Viewed", "Data Exported"],
}  # fmt: skip
NAMES = ["Board Viewed", "Board Viewed", "Exported", "Portal Shared", "Portal Seen", "Invoice Sent",
         "Searched"]  # fmt: skip
KINDS = ["steady", "steady", "steady", "fading", "silent", "monthly", "seasonal", "unseen",
         "anonymous", "young", "drawn"]  # fmt: skip


def product_text() -> str:
    """The product as `product.toml`."""
    lines = []
    for name, one in PRODUCT["features"].items():
        lines += ["[[feature]]", f'name = "{name}"', f"events = {json.dumps(one['events'])}"]
        lines += [f"sets_apart = {json.dumps(one['sets_apart'])}"]
        lines += [f"plans = {json.dumps(one['plans'])}"] if one["plans"] else []
    for name, one in PRODUCT["plans"].items():
        prices = ", ".join(f"{currency} = {price}" for currency, price in one["prices"].items())
        limits = ", ".join(f"{limit} = {most}" for limit, most in one["limits"].items())
        lines += ["[[plan]]", f'name = "{name}"', f"per_seat = {str(one['per_seat']).lower()}"]
        lines += [f"list_price_minor = {{ {prices} }}", f"limits = {{ {limits} }}"]
    for name, one in PRODUCT["limits"].items():
        lines += ["[[limit]]", f'name = "{name}"', f'counts = "{one["counts"]}"']
        lines += [f'event = "{one["event"]}"'] if one["event"] else []
        lines += [f'property = "{one["property"]}"'] if one["property"] else []
        lines += [f'period = "{one["period"]}"']
    for value, role in PRODUCT["roles"].items():
        lines += ["[[role]]", f'name = "{role}"', f'values = ["{value}"]']
    lines += ["[first_value]", 'title = "First share"']
    for step in PRODUCT["steps"]:
        lines += ["[[first_value.step]]", f'name = "{step["name"]}"', f'event = "{step["event"]}"']
        lines += [f"within_days = {step['within_days']}"]
    for name, one in PRODUCT["outcomes"].items():
        lines += ["[[outcome]]", f'name = "{name}"', f"events = {json.dumps(one['events'])}"]
        lines += [f"within_days = {one['within_days']}"]
    for event, key in PRODUCT["reach"]:
        lines += ["[[reach]]", f'event = "{event}"'] + ([f'property = "{key}"'] if key else [])
    for event in PRODUCT["intents"]:
        lines += ["[[intent]]", f'event = "{event}"']
    return "\n".join([*lines, "[[intent]]", 'page = "*/cancel*"', ""])


class Lives:
    """`events` and `facts` as the oracle reads them; `rows()` as the inbox does."""

    def __init__(self, seed: int, accounts: int) -> None:
        self.chance = random.Random(seed)
        self.events: list[dict] = []
        self.facts: list[dict] = []
        for number in range(accounts):
            self._live(f"acc{number:02d}", self.chance.choice(KINDS))

    def tell(self, account, person, day, name=None, type="track", /, **properties):
        if day > DAYS:
            return  # still to come
        anon = None
        if person and person.startswith("anon:"):
            person, anon = None, person.removeprefix("anon:")
        self.events.append({
            "account": account, "person": person, "anon": anon, "type": type, "name": name,
            "at": DAY_0 + timedelta(days=day, seconds=self.chance.randint(0, 86_000)),
            "passive": name == "Call Logged" or self.chance.random() < 0.03,
            "properties": properties, "id": f"e{len(self.events):07d}",
        })  # fmt: skip

    def bill(self, account, subscription, kind, day, **more):
        if day > DAYS:
            return
        at = DAY_0 + timedelta(days=day, seconds=len(self.facts) % 80_000)
        fact = {"account": account, "subscription": subscription, "kind": kind, "at": at,
                "until": None, "attributes": {}}  # fmt: skip
        fact |= more
        # Of some no amount is told, and of others the next bill is another one.
        if fact.get("mrr") and fact.get("seats") != 5:
            fact["amount"] = fact["mrr"] * 7 + 3
        if fact.get("seats") == 3:
            fact["attributes"] = {**fact["attributes"], "discount_ends_on": "2027-01-01"}
        self.facts.append(fact)

    def known_by(self, moment: datetime) -> tuple[list[dict], list[dict]]:
        """What anybody could know then: events and facts are known when they happen."""
        return (
            [event for event in self.events if event["at"] <= moment],
            [fact for fact in self.facts if fact["at"] <= moment],
        )

    def _live(self, account: str, kind: str) -> None:
        chance = self.chance
        begins = chance.randint(DAYS - 25, DAYS - 1) if kind == "young" else chance.randint(0, 100)
        crew = [f"{account}-p{n}" for n in range(chance.randint(1, 5))]
        if chance.random() < 0.3:
            crew.append("wanderer")  # works for several accounts
        if kind == "anonymous":
            crew = [f"anon:{account}-{n}" for n in range(2)]
        for person in crew if kind != "unseen" else []:
            self._join(account, person, begins)
        self._use(account, crew, kind, begins)
        self._pay(account, begins + chance.choice([0, 0, 5, 40]))
        self._speak(account, crew, begins)

    def _join(self, account, person, begins):
        chance = self.chance
        if person.startswith("anon:"):
            return
        role = chance.choice(["Owner", "admin", "member", "chief", "buyer", "guest", ""])
        self.tell(account, person, begins, None, "identify", name=f"N {person}",
                  email=f"{person}@x.example", role=role)  # fmt: skip
        if chance.random() < 0.3:
            self.tell(account, person, begins + chance.randint(30, 300), "Account Added User",
                      role=chance.choice(["owner", "member"]))  # fmt: skip
        if chance.random() < 0.25:
            self.tell(account, person, begins + chance.randint(20, 400), "Account Removed User")

    def _use(self, account, crew, kind, begins):
        chance = self.chance
        for day in range(begins, DAYS):
            left = DAYS - day
            rate = {"steady": 0.5, "young": 0.6, "anonymous": 0.1, "unseen": 0, "drawn": 0.05,
                    "fading": 0.5 if left > 40 else 0.06, "silent": 0.4 if left > 90 else 0,
                    "monthly": 1.0 if day % 30 == 7 else 0,
                    "seasonal": 0.5 if day % 364 < 120 else 0.02}[kind]  # fmt: skip
            while rate and chance.random() < rate:
                properties = {"guests": chance.randint(1, 4), "stored": chance.randint(1, 99)}
                person = chance.choice(crew)
                home = None if person == crew[0] and chance.random() < 0.1 else account
                self.tell(home, person, day, chance.choice(NAMES), **properties)
                rate /= 2

    def _pay(self, account, begins):
        chance = self.chance
        if chance.random() < 0.15:
            return
        for number in range(chance.choice([1, 1, 1, 2])):
            self._subscribe(account, f"{account}-s{number}", begins + 7 * number)

    def _subscribe(self, account, subscription, day):
        chance = self.chance
        currency = chance.choice(["EUR", "EUR", "EUR", "USD"])
        terms = {"interval": "month", "count": 1, "currency": currency}
        if chance.random() < 0.4:
            self.bill(account, subscription, "start", day, status="trialing", plan="Pro", seats=2,
                      mrr=0, **terms)  # fmt: skip
            self.tell(account, None, day, "Trial Started", "track",
                      trial_end_date=str((DAY_0 + timedelta(days=day + 14)).date()))  # fmt: skip
            day += 14
        while day < DAYS + 20:
            interval, count = chance.choice(
                [("month", 1), ("year", 1), ("quarter", 1), ("month", 2), ("week", 2)]
            )
            if chance.random() < 0.5:
                interval, count = terms["interval"], terms["count"]
            terms |= {"interval": interval, "count": count}
            plan = chance.choice(["Free", "Pro", "Pro", "Max"])
            self.bill(account, subscription, "start", day, plan=plan,
                      status="free" if plan == "Free" else "active",
                      seats=chance.choice([None, 1, 3, 5, 12]),
                      mrr=0 if plan == "Free" else chance.randint(8, 99) * 100,
                      attributes={"card_exp_month": chance.randint(1, 12), "card_exp_year": 2027}
                      if chance.random() < 0.3 else {}, **terms)  # fmt: skip
            self._pay_on(account, subscription, day)
            day += chance.randint(20, 260)
        if chance.random() < 0.5:
            ends = chance.randint(DAYS // 2, DAYS + 40)
            self.facts = [
                fact
                for fact in self.facts
                if fact["subscription"] != subscription or fact["at"] < DAY_0 + timedelta(days=ends)
            ]
            if chance.random() < 0.7:
                self.bill(account, subscription, "notice", ends - 12,
                          until=DAY_0 + timedelta(days=ends))  # fmt: skip
            self.bill(account, subscription, "end", ends)

    def _pay_on(self, account, subscription, day):
        chance = self.chance
        for month in range(chance.randint(0, 5)):
            kind = chance.choice(["payment_succeeded", "payment_succeeded", "payment_failed"])
            self.bill(account, subscription, kind, day + 30 * month + 0.3)
        if chance.random() < 0.15:
            begins = day + chance.randint(5, 90)
            self.bill(account, subscription, "pause", begins,
                      until=DAY_0 + timedelta(days=begins + 60.3))  # fmt: skip

    def _speak(self, account, crew, begins):
        chance = self.chance
        self.tell(account, None, begins, None, "group", country=chance.choice(["DE", "US"]),
                  industry="Mining", employees=chance.randint(1, 90))  # fmt: skip
        if chance.random() < 0.5:
            self.tell(account, None, begins + 50, None, "group", country="FR",
                      acquisition_channel="search")  # fmt: skip
        person = crew[0] if not crew[0].startswith("anon:") else None
        for number in range(chance.randint(0, 6)):
            day = chance.randint(begins, DAYS)
            ticket = {"ticket_id": f"{account}-t{number}"}
            self.tell(account, person, day, "Ticket Opened", "ticket", **ticket,
                      **({"tone": chance.choice(["calm", "angry", "worried"])}
                         if chance.random() < 0.7 else {}))  # fmt: skip
            if chance.random() < 0.7:
                self.tell(account, person, day + chance.randint(1, 9), "Ticket Closed", "ticket",
                          **ticket, first_response_hours=chance.randint(1, 40) / 2,
                          is_solved=chance.random() < 0.6,
                          **({"rating": chance.randint(1, 5)} if chance.random() < 0.5
                             else {}))  # fmt: skip
        for _ in range(chance.randint(0, 3)):
            day = chance.randint(begins, DAYS)
            wanted = chance.choice(["paid_faster", "clients_see", "something_else", ""])
            if chance.random() < 0.5:
                self.tell(account, person, day, "Outcome Stated", "system", outcome=wanted,
                          role=chance.choice(["", "owner", "user"]), by="Ida")  # fmt: skip
            else:
                self.tell(account, person, day, None, "group", required_outcome=wanted)
        for name, share in (("Cancel Page Viewed", 0.3), ("Data Exported", 0.2),
                            ("Call Logged", 0.3)):  # fmt: skip
            if chance.random() < share:
                self.tell(account, person, chance.randint(begins, DAYS), name)
        if chance.random() < 0.2:
            self.tell(account, person, chance.randint(begins, DAYS), "Billing", "page",
                      path="/settings/cancel/now")  # fmt: skip

    def event_rows(self) -> list[dict]:
        return [
            {
                "message_id": event["id"], "source": "web", "type": event["type"],
                "name": event["name"], "occurred_at": event["at"], "known_at": event["at"],
                "received_at": event["at"], "user_id": event["person"],
                "anonymous_id": event["anon"], "account_key": event["account"],
                "properties": json.dumps(event["properties"]),
                "context": '{"active": false}' if event["passive"] else "{}",
            }
            for event in self.events
        ]  # fmt: skip

    def fact_rows(self) -> list[dict]:
        return [
            {
                "message_id": f"f{number:06d}", "source": "billing", "fact_key": f"f{number:06d}",
                "kind": fact["kind"], "account_key": fact["account"],
                "subscription_id": fact["subscription"], "effective_at": fact["at"],
                "ends_at": fact["until"], "known_at": fact["at"], "received_at": fact["at"],
                "status": fact.get("status"), "plan": fact.get("plan"),
                "billing_interval": fact.get("interval"),
                "billing_interval_count": fact.get("count"), "quantity": fact.get("seats"),
                "amount_minor": fact.get("amount"), "mrr_minor": fact.get("mrr"),
                "currency": fact.get("currency"),
                "attributes": json.dumps(fact["attributes"]),
            }
            for number, fact in enumerate(self.facts)
        ]  # fmt: skip
