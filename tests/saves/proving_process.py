"""The program that tests start, on the state that the environment names: several look at the same
saves at once, while others open and leave. Prints one JSON line of what is there afterwards.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402

from card.card_worlds import day, facts  # noqa: E402
from customers.arriving import arrive  # noqa: E402
from tenure.app.installation import bring_up_to_date  # noqa: E402
from tenure.base.home import Home  # noqa: E402
from tenure.saves.commitments import Promise, promise  # noqa: E402
from tenure.saves.follow_up import follow_up  # noqa: E402
from tenure.saves.models import CheckAnswer, Commitment, Save, SaveCheck  # noqa: E402
from tenure.saves.opening import note_leaving, open_save  # noqa: E402
from tenure.saves.proving import prove  # noqa: E402
from tenure.saves.watching import watch_commitments  # noqa: E402
from tenure.tasks.models import Task  # noqa: E402

ACCOUNTS = [f"a{number}" for number in range(120)]
AT = day(78)


def accept(account: str, visit: str) -> Save:
    return open_save(
        visit_id=visit, account_id=account, subscription_id=f"s-{account}", offer="training",
        kind="training", terms={}, reason="", cost_minor=0, promised_by="", change_key="",
        mode="live", now=day(40.5),
    )  # fmt: skip


def prepare(home: Home) -> None:
    bring_up_to_date(home)
    lines = [
        f"day 10  {each}  start  s-{each}/1  status=active plan=Pro mrr_minor=1000"
        for each in ACCOUNTS
    ]
    lines += [f"day 60  {each}  end  s-{each}" for each in ACCOUNTS[::3]]
    arrive(home, [], facts("\n".join(lines)))
    for each in ACCOUNTS:
        promise(
            [Promise(side="us", text="Mend it", due_on=date(2025, 2, 20))],
            save=accept(each, f"v-{each}"), now=day(40.5), by="ada",
        )  # fmt: skip


def at_once(home: Home) -> list[str]:
    """Everything that may happen together, from a barrier on; what each came to."""
    jobs = [
        *[lambda: prove(home, AT, anew=True)] * 3,
        *[lambda: watch_commitments(home, AT)] * 2,
        *[lambda: follow_up(home, AT)] * 2,
        *[lambda: accept("new", "v-new")] * 2,
        *[lambda: note_leaving(account_id="a1", subscription_id="s-a1", now=AT)] * 2,
    ]
    barrier = threading.Barrier(len(jobs))

    def run(job) -> str:
        barrier.wait()
        try:
            job()
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return sorted(set(pool.map(run, jobs)))


def there_is(home: Home) -> dict:
    """What state holds, in a few numbers."""
    twice = CheckAnswer.objects.values("check_of", "number").annotate(n=Count("id")).filter(n__gt=1)
    return {
        "saves": Save.objects.count(),
        "by_status": dict(Save.objects.values_list("status").annotate(n=Count("id"))),
        "checks": SaveCheck.objects.count(),
        "answers": CheckAnswer.objects.count(),
        "answers_given": sum(SaveCheck.objects.values_list("answers_given", flat=True)),
        "twice": twice.count(),
        "broken": Commitment.objects.filter(standing="broken").count(),
        "tasks": Task.objects.count(),
        "task_keys": Task.objects.values("key").distinct().count(),
    }


if __name__ == "__main__":
    here = Home.from_env()
    prepare(here)
    ended = at_once(here)
    prove(here, AT, anew=True)
    watch_commitments(here, AT)
    follow_up(here, AT)
    print(json.dumps({"ended": ended, **there_is(here)}))
