"""Fixes are recorded, shipped, changed and withdrawn: checked, and told to the lake.

record_fix(FixGiven(title="Gantt charts", code="missing_feature", ...), now=now, by="ada")
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.base.ids import fresh_id
from tenure.card.product import product
from tenure.kit.typed_texts import typed_text
from tenure.lake.recording import record
from tenure.reasons.models import Fix, FixChange, Theme
from tenure.reasons.taxonomy import taxonomy

TYPE = "system"
RECORDED, CHANGED, SHIPPED, WITHDRAWN = (
    "Fix Recorded", "Fix Changed", "Fix Shipped", "Fix Withdrawn",
)  # fmt: skip
TITLE_MOST, TEXT_MOST, NAME_MOST, LINK_MOST = 200, 5000, 200, 1000
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class FixGiven:
    """What somebody says of a fix. Of `detail`, `theme` and `rival` one at most narrows it."""

    title: str
    code: str = ""
    detail: str = ""
    theme: str = ""
    rival: str = ""
    step: str = ""
    planned_on: date | None = None
    shipped_on: date | None = None
    withdrawn_on: date | None = None
    adoption_feature: str = ""
    adoption_event: str = ""
    link: str = ""
    notes: str = ""


@transaction.atomic
def record_fix(
    given: FixGiven,
    *,
    now: datetime,
    by: str,
    owner: AbstractBaseUser | None = None,
    recorded_from: str = "",
) -> Fix:
    """The fix as it is kept. Raises InvalidInput, with the field, for what it cannot be."""
    given = checked(given)
    fix = Fix.objects.create(
        key=fresh_id("fix"),
        owner=owner,
        recorded_from=recorded_from[:NAME_MOST],
        created_at=now,
        created_by=by,
        changed_at=now,
        **asdict(given),
    )
    _note(fix, RECORDED, now, by)
    if fix.shipped_on:
        _note(fix, SHIPPED, now, by)
    return fix


@transaction.atomic
def change_fix(
    fix: Fix,
    given: FixGiven,
    *,
    now: datetime,
    by: str,
    owner: AbstractBaseUser | None = None,
) -> Fix:
    """The fix with what is said of it now. Raises as `record_fix`."""
    given = checked(given)
    before = Fix.objects.select_for_update().get(pk=fix.pk)
    values = {**asdict(given), "owner_id": owner.pk if owner else None}
    changed = sorted(name for name, value in values.items() if getattr(before, name) != value)
    if not changed:
        return before
    Fix.objects.filter(pk=fix.pk).update(**values, changed_at=now)
    after = Fix.objects.get(pk=fix.pk)
    _note(after, CHANGED, now, by, {"fields": changed})
    if after.shipped_on and before.shipped_on != after.shipped_on:
        _note(after, SHIPPED, now, by)
    if after.withdrawn_on and before.withdrawn_on != after.withdrawn_on:
        _note(after, WITHDRAWN, now, by)
    return after


def ship_fix(fix: Fix, on: date, *, now: datetime, by: str) -> Fix:
    """The fix as shipped on that day. Raises as `record_fix`."""
    return _changed(fix, {"shipped_on": on}, now=now, by=by)


def withdraw_fix(fix: Fix, on: date, *, now: datetime, by: str) -> Fix:
    """The fix as taken back on that day; what came of it until then stays. Raises as above."""
    return _changed(fix, {"withdrawn_on": on}, now=now, by=by)


def fix_of(key: str) -> Fix:
    """The fix of that key. Raises NotFound."""
    fix = Fix.objects.filter(key=key).select_related("owner").first()
    if fix is None:
        raise NotFound(f"there is no fix {key[:80]!r}; `tenure fixes` names them")
    return fix


def given_of(fix: Fix) -> FixGiven:
    """What is said of a fix now."""
    return FixGiven(**{name: getattr(fix, name) for name in FixGiven.__dataclass_fields__})


def checked(given: FixGiven) -> FixGiven:
    """The same, trimmed. Raises InvalidInput, naming field, value and what to do."""
    texts = {
        name: _text(name, value) for name, value in asdict(given).items() if isinstance(value, str)
    }
    given = FixGiven(**{**asdict(given), **texts})
    if not given.title:
        raise InvalidInput("title is empty; say in a few words what was shipped", field="title")
    _check_answered(given)
    _check_days(given)
    _check_adoption(given)
    if given.link and urlsplit(given.link).scheme not in ("http", "https"):
        raise InvalidInput(
            f"link: {given.link[:80]!r} is no address; begin it with https://", field="link"
        )
    return given


def record_changes(home: Home, database_url: str, now: datetime) -> int:
    """How many waiting changes were told to the lake. A kill between tells them again, as the same
    events.
    """
    waiting = list(
        FixChange.objects.filter(recorded_at=None).select_related("fix").order_by("id")[:500]
    )
    record(home, database_url, [_event(each) for each in waiting], now)
    FixChange.objects.filter(pk__in=[each.pk for each in waiting]).update(recorded_at=now)
    return len(waiting)


def _changed(fix: Fix, values: Mapping[str, Any], *, now: datetime, by: str) -> Fix:
    given = FixGiven(**{**asdict(given_of(fix)), **values})
    return change_fix(fix, given, now=now, by=by, owner=fix.owner)


def _check_answered(given: FixGiven) -> None:
    narrows = [name for name in ("detail", "theme", "rival") if getattr(given, name)]
    if given.step and (given.code or narrows):
        raise InvalidInput(
            "a fix answers a step or a reason, not both; leave one out", field="step"
        )
    if given.step:
        steps = [each.name for each in product().first_value.steps]
        if given.step not in steps:
            raise InvalidInput(
                f"step: {given.step!r} is no step of the product file; use "
                f"{', '.join(steps) or 'one once it declares some'}",
                field="step",
            )
        return
    known = taxonomy()
    if given.code and not known.has(given.code):
        raise InvalidInput(
            f"code: {given.code!r} is no reason; use {', '.join(known.codes())}", field="code"
        )
    if not given.code and not (given.theme or given.rival):
        raise InvalidInput("say which reason it answers, or which step", field="code")
    if len(narrows) > 1:
        raise InvalidInput(
            f"{' and '.join(narrows)} narrow it in two ways; keep one", field=narrows[1]
        )
    if given.detail and not (given.code and known.reason(given.code).option(given.detail)):
        follow_up = known.reason(given.code).follow_up if given.code else None
        options = ", ".join(each.code for each in follow_up.options) if follow_up else "none"
        raise InvalidInput(
            f"detail: {given.detail!r} is no answer to what is asked about {given.code!r}; "
            f"there are: {options}",
            field="detail",
        )
    if given.theme and not Theme.objects.filter(key=given.theme).exists():
        raise InvalidInput(f"theme: there is no theme {given.theme!r}", field="theme")


def _check_days(given: FixGiven) -> None:
    for name in ("planned_on", "shipped_on", "withdrawn_on"):
        day = getattr(given, name)
        if day is not None and day < FIRST_DAY:
            raise InvalidInput(f"{name}: {day} is long ago; give a day from 2000 on", field=name)
    if given.withdrawn_on and not given.shipped_on:
        raise InvalidInput(
            "withdrawn_on: what has not shipped cannot be withdrawn; give the day it shipped",
            field="withdrawn_on",
        )
    if given.withdrawn_on and given.shipped_on and given.withdrawn_on < given.shipped_on:
        raise InvalidInput(
            f"withdrawn_on: {given.withdrawn_on} is before it shipped, {given.shipped_on}; turn "
            "them round",
            field="withdrawn_on",
        )


def _check_adoption(given: FixGiven) -> None:
    if given.adoption_feature and given.adoption_event:
        raise InvalidInput(
            "use is shown by a feature or by an event, not both; leave one out",
            field="adoption_event",
        )
    features = [each.name for each in product().features]
    if given.adoption_feature and given.adoption_feature not in features:
        raise InvalidInput(
            f"adoption_feature: {given.adoption_feature!r} is no feature of the product file; use "
            f"{', '.join(features) or 'adoption_event'}",
            field="adoption_feature",
        )


def _text(name: str, value: str) -> str:
    most = {"title": TITLE_MOST, "notes": TEXT_MOST, "link": LINK_MOST}.get(name, NAME_MOST)
    return typed_text(name, value, most, has_lines=name == "notes")


def _note(
    fix: Fix, name: str, now: datetime, by: str, more: Mapping[str, object] | None = None
) -> None:
    said = {
        "fix": fix.key,
        "title": fix.title,
        "reason": fix.code,
        "step": fix.step,
        "shipped_on": fix.shipped_on.isoformat() if fix.shipped_on else "",
        "withdrawn_on": fix.withdrawn_on.isoformat() if fix.withdrawn_on else "",
        "by": by,
        **(more or {}),
    }
    FixChange.objects.create(
        fix=fix,
        name=name,
        properties={key: value for key, value in said.items() if value},
        made_at=now,
        made_by=by,
        event_id=fresh_id("fixed", 24),
    )


def _event(change: FixChange) -> dict[str, object]:
    return {
        "message_id": change.event_id,
        "type": TYPE,
        "name": change.name,
        "occurred_at": change.made_at,
        "properties": json.dumps(change.properties, ensure_ascii=False),
    }
