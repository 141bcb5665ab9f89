"""The program that the tests of every branch start: a home whose accounts are at the way out.

    leaving_home.py          with TENURE_HOME; prints the key to sign with, and who is held out

Every kind of offer is in the book, each under its own name and fit for `team-*`, but for the longer
trial, which is for `trial-*`. `arabic-*` meet a flow from right to left, `plain` a flow without
hold-out, `again` was here a week ago, and `held` is left alone by chance.
"""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tenure.app.cli import prepare_django

prepare_django()

from offers.offer_worlds import PRODUCT, texts  # noqa: E402
from tenure.base.clock import system_clock  # noqa: E402
from tenure.card.models import AccountCard  # noqa: E402
from tenure.customers.models import Person  # noqa: E402
from tenure.definitions.files import apply  # noqa: E402
from tenure.offboard.deciding import EXPERIMENT  # noqa: E402
from tenure.offboard.flow import built_in_text  # noqa: E402
from tenure.offboard.flow_words import WORDS  # noqa: E402
from tenure.offboard.keys import create_cancel_key  # noqa: E402
from tenure.offboard.models import Visit  # noqa: E402
from tenure.offers.book import default_text  # noqa: E402
from tenure.offers.models import FreeTimes  # noqa: E402
from tenure.proof.assignment import home_salt, point  # noqa: E402
from tenure.reasons.taxonomy import default_text as reasons_text  # noqa: E402

TEAMS, TRIALS, ARABS = 120, 10, 6
CALENDAR = "https://calendar.example.com/free.ics"
PARTNER = f"""
[[offer]]
name = "marsh_partners"
kind = "partner"
partner = "Marsh Partners"
link = "https://partner.example.com/start"
within_days = 14
{texts("title", "Set up by somebody who does it every day")}
{texts("text", "A firm that knows both sides does the work.")}
{texts("accept", "Meet the partner")}
{texts("terms", "You meet them by {{ by_on }}. Your subscription goes on as it is.")}
"""
EXPORT = 'keeps_data_days = 90\nexport_url = "https://app.example.com/export?a={{ account }}"\n'


def offers_text() -> str:
    """The shipped offers for any reason, with links, a calendar, and a partner."""
    lines = re.sub(r"(?m)^(except_)?(reasons|follow_ups|where) = .*\n", "", default_text())
    lines = lines.replace(
        'kind = "training"', 'kind = "training"\nlink = "https://meet.example.com/training"'
    )
    lines = lines.replace('kind = "human"', f'kind = "human"\ncalendar = "{CALENDAR}"')
    # What all of these tests accept is more than a month's money.
    lines = re.sub(r"(?m)^all_month_minor = .*$", "all_month_minor = 99000000", lines)
    return lines + PARTNER


def flow_text(*, where: str, languages: list[str], hold_out_share: float, more: str = "") -> str:
    text = re.sub(r"(?m)^where = .*$", f'where = "{where}"', built_in_text())
    text = re.sub(r"(?m)^hold_out_share = .*$", f"hold_out_share = {hold_out_share}", text)
    text = re.sub(r"(?m)^languages = .*$", f"languages = {json.dumps(languages)}", text)
    return text.replace("[value]\n", "[value]\n" + EXPORT) + more


def arabic_words() -> str:
    """What the page says, from right to left; mostly in English letters, so that tests read it."""
    words = {key: str(word) for key, word in WORDS.items()}
    words |= {"leave": "إلغاء الاشتراك", "leave_now": "إلغاء الاشتراك الآن"}
    return "[words]\n" + "".join(
        f"{key} = {{ ar = {json.dumps(word)} }}\n" for key, word in words.items()
    )


def with_arabic(text: str) -> str:
    """The same, each of its texts in a fourth language."""
    return re.sub(r'\{ en = ("(?:[^"\\\\]|\\\\.)*")', r"{ ar = \1, en = \1", text)


def put_in_force(now: datetime) -> None:
    three = ["en", "zh-hans", "zh-hant"]
    taxonomy = with_arabic(reasons_text()).replace('"zh-hant"]', '"zh-hant", "ar"]', 1)
    everybody = flow_text(where="plan = 'Team'", languages=three, hold_out_share=0.0)
    arabic = flow_text(
        where="plan = 'Starter'", languages=["ar"], hold_out_share=0.0, more=arabic_words()
    )
    written({"product.toml": PRODUCT, "offers.toml": offers_text(), "reasons.toml": taxonomy}, now)
    flows = {
        "flows/default.toml": flow_text(where="", languages=three, hold_out_share=0.2),
        "flows/everybody.toml": everybody.replace("priority = 0", "priority = 1"),
        "flows/arabic.toml": arabic.replace("priority = 0", "priority = 2"),
    }
    written(flows, now)


def written(texts_of: dict[str, str], now: datetime) -> None:
    with TemporaryDirectory() as folder:
        for name, text in texts_of.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        apply(Path(folder), now=now, by="test")


def account(name: str, now: datetime, **said: object) -> None:
    today = now.date()
    values = {
        "stage": "active", "quantity": 10, "list_price_minor": 29000, "price_to_list_share": 1.0,
        "renews_on": today + timedelta(days=12), "members": 9, "people_active_90_days": 8,
        "limit_name": "projects", "limit_used": 12.0, "limit_at_most": 80, "limit_use_share": 0.15,
        "began_on": today - timedelta(days=400), "use_days": 140,
        "first_value_on": today - timedelta(days=380), "last_seen_on": today - timedelta(days=2),
        "last_paid_on": today - timedelta(days=18), "paid_features_unused": ["portal"],
        "required_outcome": "faster", "outcome_stated_on": today - timedelta(days=390),
        "is_outcome_reached": False, "is_season_own": False, "season_ratio": 1.0,
        "feature_uses": [f"invoicing: 1482, last on {today - timedelta(days=3)}"],
    }  # fmt: skip
    own = {"name": name.title(), "status": "paying", "plan": "Team", "mrr_minor": 29000}
    own |= {"billing_interval": "month", "currency": "EUR"} | said
    promoted = {k: v for k, v in own.items() if k in OWN}
    whole = {**values, **own}
    as_text = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in whole.items()}
    AccountCard.objects.create(account_id=name, values=as_text, **promoted)


OWN = ("name", "status", "plan", "billing_interval", "mrr_minor", "currency")


def free_times(now: datetime) -> None:
    starts = [now + timedelta(days=1, hours=hour) for hour in range(8)]
    times = [[at.isoformat(), (at + timedelta(minutes=20)).isoformat()] for at in starts]
    FreeTimes.objects.create(calendar=CALENDAR, times=times, read_at=now, tried_at=now)


def main() -> None:
    now = system_clock()
    put_in_force(now)
    free_times(now)
    Person.objects.create(
        person_id="ann", name="Ann", email="ann@acme.example", created_at=now, first_seen_at=now
    )
    for number in range(TEAMS):
        account(f"team-{number}", now)
    for number in range(TRIALS):
        ends_on = now.date() + timedelta(days=4)
        account(f"trial-{number}", now, status="trial", mrr_minor=0, trial_ends_on=ends_on)
    for number in range(ARABS):
        account(f"arabic-{number}", now, plan="Starter")
    account("again", now)
    Visit.objects.create(
        visit_id="a week ago", account_id="again", subscription_id="sub-again", mode="live",
        opened_at=now - timedelta(days=7), last_at=now - timedelta(days=7),
        has_seen_offers=True, offers_shown=["training"], outcome="abandoned", is_told=True,
    )  # fmt: skip
    held = (f"held-{n}" for n in range(1000))
    left_alone = next(name for name in held if point(EXPERIMENT, name, home_salt()) < 0.2)
    account(left_alone, now, plan="Business", mrr_minor=45000)
    key = create_cancel_key("Web app", now)
    print(json.dumps({"key": [key.key_id, key.secret], "held": left_alone}))


main()
