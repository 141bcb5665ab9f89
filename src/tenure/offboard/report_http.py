"""The report of leaving over the JSON API."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.lake.reading import company_day
from tenure.offboard.report import USUAL, report
from tenure.offboard.report_json import report_json

router = Router(tags=["leaving"])


class AskedReport(Schema):
    first: date | None = None  # visits from this day on; all, without it
    last: date | None = None  # until this day, itself included; today, without it
    by: str = ",".join(USUAL)
    currency: str = ""


@router.get("/leaving/report", response=dict[str, Any])
def leaving_report(request: HttpRequest, asked: Query[AskedReport]) -> dict[str, Any]:
    """What the cancel flow kept: counts, saves, differences with intervals, save rates of others.

    A difference says `is_known`, or how many more visits it takes.
    """
    home: Home = settings.TENURE_HOME
    now = system_clock()
    before_on = (asked.last or company_day(home, now)) + timedelta(1)
    if asked.first is not None and asked.first >= before_on:
        raise InvalidInput(f"first: {asked.first} is after {asked.last}; swap them", field="first")
    by = [name.strip() for name in asked.by.split(",") if name.strip()]
    found = report(home, asked.first, before_on, now=now, by=by, currency=asked.currency)
    return report_json(found)
