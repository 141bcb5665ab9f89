"""Subscriptions drawn as text, beside the events of `customers.arriving`.

day 10  acme  start   s1/1  status=active plan=Pro mrr_minor=1000
day 40  acme  notice  s1    until=60
day 60  acme  end     s1
"""

import re
from datetime import timedelta

from customers.arriving import DAY_0, NOW, arrive, events
from lived_once import lived_once
from tenure.card.refresh import CardsRefreshed, refresh_cards
from tenure.customers.follow import follow
from tenure.lake.refresh import refresh

_LINE = re.compile(r"day\s+([\d.]+)\s+(\S+)\s+(\S+)\s+([^\s/]+)(?:/(\S+))?\s*(.*)")
_NUMBERS = {"mrr_minor", "amount_minor", "quantity", "billing_interval_count"}


def day(number: float):
    return DAY_0 + timedelta(days=number)


def facts(text: str) -> list[dict]:
    rows = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.match(line)
        assert match, f"cannot read {line!r}"
        number, account, kind, subscription, version, words = match.groups()
        row = {
            "message_id": line, "source": "billing", "kind": kind, "account_key": account,
            "fact_key": f"{subscription}/{version}/{kind}/{number}", "version_key": version,
            "subscription_id": subscription, "effective_at": day(float(number)),
            "known_at": day(float(number)), "received_at": NOW, "billing_interval": "month",
            "billing_interval_count": 1, "currency": "EUR",
        }  # fmt: skip
        for word in words.split():
            key, value = word.split("=")
            if key == "until":
                row["ends_at"] = day(float(value))
            else:
                row[key] = int(value) if key in _NUMBERS else value
        rows.append(row)
    return rows


def live(home, events_text: str = "", facts_text: str = "", now=NOW) -> CardsRefreshed:
    """Everything from arrival to the cards."""
    words = (events_text, facts_text, now)
    return lived_once(home, words, lambda: _live(home, *words))


def _live(home, events_text: str, facts_text: str, now) -> CardsRefreshed:
    arrive(home, events(events_text), facts(facts_text))
    follow(home, now)
    refresh(home, now)
    return refresh_cards(home, now)
