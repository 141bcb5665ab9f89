"""What a dollar was worth in euros, as the metric that converts MRR."""

import numpy as np

from tenure.demo.journal import BILLING, Happening
from tenure.demo.seasons import Calendar

EUR_PER_USD = 0.91  # where the walk begins and is drawn back to
_WEEKLY_SPREAD = 0.009
_STREAM = 8


def exchange_rates(calendar: Calendar) -> list[Happening]:
    """One rate a week from the first day on: a walk that stays in the neighbourhood."""
    rng = np.random.default_rng([calendar.seed, 0, _STREAM])
    drift = 0.0
    rates = []
    for week in range(calendar.weeks):
        drift = 0.97 * drift + float(rng.normal(0, _WEEKLY_SPREAD))
        said: dict[str, object] = {
            "from": "USD",
            "to": "EUR",
            "value": round(EUR_PER_USD * float(np.exp(drift)), 4),
        }
        at = calendar.week_starts_at(week) + 3600
        rates.append(Happening(BILLING, "metric", "fx_rate", -1, -1, at, said))
    return rates
