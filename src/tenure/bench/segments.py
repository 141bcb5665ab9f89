"""How quickly is a condition counted over many accounts, and are all segments followed?"""

import time
from pathlib import Path

from tenure.bench.alone import measured_alone
from tenure.bench.processes import seconds_of
from tenure.bench.rows import Row

COUNT_FLOOR_S = 1.0  # the page counts while somebody types
FOLLOW_FLOOR_S = 20.0  # every segment for the first time: each account enters some
NEWS_FLOOR_S = 10.0
CONDITION = (
    "mrr_minor > 5000 and days_since_seen < 30 and did('Report Exported', 30) >= 2 "
    "and (last('Invoice Sent') > 14 or last('Invoice Sent') is null)"
)
BY_HAND = """
    with used as (
        select
            account_id,
            sum(events) filter (
                where name = 'Report Exported' and day > $today::date - 30
            ) as exported,
            max(day) filter (where name = 'Invoice Sent') as sent_on,
        from event_day
        where name in ('Report Exported', 'Invoice Sent')
        group by account_id
    )

    select count(*) as members
    from account_card
    left join used using (account_id)
    where mrr_minor > 5000
      and days_since_seen < 30
      and exported >= 2
      and (sent_on < $today::date - 14 or sent_on is null)
"""


def measure_segments(root: Path, *, accounts: int, events: int) -> list[Row]:
    """Three rows: one count, all segments for the first time, and after a day's news."""
    told = measured_alone(root, __name__, accounts, events)
    over = f"{accounts:,} accounts, {events / 1e6:g} M events"
    return [
        Row(
            f"count a condition with did() and last(): {over}",
            told["count"], "s", COUNT_FLOOR_S, told["by hand"], "the same SQL by hand",
            lower_is_better=True,
        ),
        Row(
            f"follow {told['segments']} segments for the first time, {told['entered']:,} stays",
            told["first"], "s", FOLLOW_FLOOR_S, lower_is_better=True,
        ),
        Row(
            f"follow them after a day's news, {told['moved']:,} entries and exits",
            told["news"], "s", NEWS_FLOOR_S, lower_is_better=True,
        ),
    ]  # fmt: skip


def measure(accounts: int, events: int) -> dict[str, float]:
    """Seconds for each, and what was moved. Needs Django set up, and an empty home."""
    from django.conf import settings

    from tenure.bench.card_world import DAYS, at_day, write_card_world, write_news
    from tenure.kit.sql_file import SqlFile
    from tenure.lake.reading import reading
    from tenure.lake.refresh import refresh
    from tenure.segments.condition import read_condition
    from tenure.segments.definition import segments
    from tenure.segments.follow import follow_segments
    from tenure.segments.published import look_at

    home = settings.TENURE_HOME
    world = write_card_world(home, accounts, events)
    refresh(home, at_day(DAYS))
    condition = read_condition(CONDITION)
    look_at(home, condition)  # the first one opens the files
    count = min(seconds_of(lambda: look_at(home, condition)) for _ in range(5))
    by_hand = SqlFile(
        "tenure.bench", "by_hand", "", BY_HAND, "", ("account_card", "event_day"),
        {"today": "date"}, (), "",
    )  # fmt: skip
    with reading(home, threads=1) as reader:
        reader.rows(by_hand)
        bare = min(seconds_of(lambda: reader.rows(by_hand)) for _ in range(5))
        [hand] = reader.rows(by_hand)
    found = look_at(home, condition).count
    if found != hand["members"]:
        raise RuntimeError(f"the condition found {found} accounts, by hand {hand['members']}")

    started = time.perf_counter()
    first = follow_segments(home, at_day(DAYS))
    first_s = time.perf_counter() - started
    write_news(home, world, DAYS + 1, 20_000 * events // 10_000_000, accounts // 300)
    refresh(home, at_day(DAYS + 1))
    started = time.perf_counter()
    news = follow_segments(home, at_day(DAYS + 1))
    return {
        "count": count,
        "by hand": bare,
        "segments": len(segments()),
        "first": first_s,
        "entered": first.entered,
        "news": time.perf_counter() - started,
        "moved": news.entered + news.left,
    }
