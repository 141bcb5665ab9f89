"""Fixes over the JSON API: what was shipped against leaving, and what came of it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.reasons.fixes_asked import fix_told, fixes_told, mended_told
from tenure.reasons.fixes_listed import as_json, fix_json, here_row, left_row, mended_row
from tenure.reasons.fixes_recorded import fix_of

router = Router(tags=["fixes"])


@router.get("/fixes")
def list_fixes(request: HttpRequest) -> dict[str, Any]:
    """Every fix: adoption, and leavings before and after it shipped; the latest first."""
    told = fixes_told(settings.TENURE_HOME, system_clock())
    return {"fixes": [fix_json(*each) for each in told]}


@router.get("/fixes/mended")
def mended(request: HttpRequest, account_id: str = "", reason: str = "") -> dict[str, Any]:
    """Whether a reason, or what an account left for or named, is truly mended."""
    if bool(account_id) == bool(reason):
        raise InvalidInput("give account_id or reason, one of them", field="account_id")
    found = mended_told(settings.TENURE_HOME, system_clock(), account_id=account_id, code=reason)
    return {
        "mended": any(each.is_mended for each in found),
        "fixes": [as_json(mended_row(each)) for each in found],
    }


@router.get("/fixes/{key}")
def one_fix(request: HttpRequest, key: str) -> dict[str, Any]:
    """One fix, with who left for it and who is here and had named it."""
    told = fix_told(settings.TENURE_HOME, fix_of(key), system_clock())
    return {
        **fix_json(told.fix, told.effect),
        "left": [
            as_json(left_row(each, told.mended.get(each.account_id, "left_since")))
            for each in told.left
        ],
        "here": [as_json(here_row(each)) for each in told.here],
    }
