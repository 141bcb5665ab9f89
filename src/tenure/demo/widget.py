"""The client portal's widget on customers' own sites: a sign of life a day, until it is gone."""

import numpy as np

from tenure.demo.journal import SITE, Happening
from tenure.demo.lived_spans import MONTH_S, LivedSpans
from tenure.demo.seasons import DAY_S

EMBEDS = 0.4  # of accounts that use the portal
TAKES_IT_OUT = 0.55  # of those who will leave, days before they say so
SITE_IS_DOWN_PER_MONTH, IS_DROPPED_PER_MONTH = 0.02, 0.002


def show_widgets(
    spans: LivedSpans, portal_since: np.ndarray, rng: np.random.Generator
) -> list[Happening]:
    """A heartbeat a day for each embedded widget, while its account has the portal and pays."""
    beats = []
    for account in np.flatnonzero(portal_since < spans.horizon):
        if rng.random() >= EMBEDS:
            continue
        begins = int(portal_since[account]) + int(rng.uniform(3, 40) * DAY_S)
        for start, end in spans.paying[int(account)]:
            beats += _beats(spans, int(account), max(begins, start + DAY_S), end, rng)
    return beats


def _beats(
    spans: LivedSpans, account: int, begins: int, end: int, rng: np.random.Generator
) -> list[Happening]:
    if begins >= end:
        return []
    until = _taken_out_at(spans, account, begins, end, rng)
    days = np.arange(begins, until, DAY_S)
    beats = rng.random(len(days)) < 0.985
    for _ in range(int(rng.poisson(SITE_IS_DOWN_PER_MONTH * len(days) / 30))):
        down = int(rng.integers(0, len(days)))
        beats[down : down + int(rng.integers(2, 7))] = False
    at = days + rng.integers(0, 6 * 3600, len(days))
    _, domain = spans.block.companies.name_and_domain(account)
    said: dict[str, object] = {"widget": "client-portal", "url": f"https://{domain}/projects"}
    return [
        Happening(SITE, "track", "Widget Alive", account, -1, int(moment), said)
        for moment in at[beats]
        if moment < until
    ]


def _taken_out_at(
    spans: LivedSpans, account: int, begins: int, end: int, rng: np.random.Generator
) -> int:
    until = end
    months = rng.exponential(1 / IS_DROPPED_PER_MONTH)
    until = min(until, begins + int(min(months, 1000) * MONTH_S))
    for decision in spans.decisions:
        if decision.account == account and begins < decision.notice_at <= end:
            early, days = rng.random(), rng.uniform(1, 14)
            if early < TAKES_IT_OUT:
                until = min(until, decision.notice_at - int(days * DAY_S))
    return max(until, begins)
