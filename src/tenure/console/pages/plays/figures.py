"""What difference plays made, kept while nothing that it follows from has changed."""

from collections import OrderedDict
from datetime import datetime

from django.db.models import Count, Max

from tenure.base.home import Home
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day
from tenure.plays.lift import plays_report
from tenure.plays.lift_parts import PlaysReport
from tenure.plays.models import Enrolment, PlaySwitch

_MINUTES = 10  # for what is sent meanwhile and switched off again
_KEPT = 4
_kept: OrderedDict[tuple[object, ...], PlaysReport] = OrderedDict()


def report_kept(home: Home, now: datetime) -> PlaysReport:
    """The report, counted anew when the lake, an enrolment or a switch has news, or time passed."""
    manifest = read_manifest(home)
    seen = Enrolment.objects.aggregate(Count("pk"), Max("goal_at"))
    switched = PlaySwitch.objects.aggregate(Count("pk"), Max("changed_at"))
    state = (
        str(home.root),
        manifest.number if manifest else -1,
        company_day(home, now),
        *sorted(seen.items()),
        *sorted(switched.items()),
        int(now.timestamp() // (60 * _MINUTES)),
    )
    if state not in _kept:
        _kept[state] = plays_report(home, now)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return _kept[state]
