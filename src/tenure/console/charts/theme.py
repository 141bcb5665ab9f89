"""One look for every chart: colours by meaning, type, sizes.

A specification names colours as the page's CSS variables (`var(--new)`), so that one picture fits
the light and the dark scheme and changes with it. Outside a page (`render.py`) `for_export` puts
the light scheme's values in their place. Loss is hatched, so that colour is never alone.
"""

from typing import Any

from django.utils.translation import get_language

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
)

# Meaning, its variable in `static/base.css`, and the light scheme's value as sRGB.
LIGHT = {
    "--new": "#2f76c9",
    "--expansion": "#11998a",
    "--reactivation": "#8858c8",
    "--contraction": "#d2941c",
    "--churn": "#d3492a",
    "--fx": "#84888f",
    "--line-strong": "#c9ccd2",
    "--line": "#e6e8ec",
    "--text": "#1e222b",
    "--muted": "#5c626e",
    "--surface": "#ffffff",
    "--accent": "#4656c4",
}
# Fills that are patterns; `static/base.css` and the page's <defs> hold the same under these ids.
HATCHED = {"contraction": "--contraction", "churn": "--churn"}


def fill(kind: str) -> str:
    """How bars of a kind of movement are filled."""
    return f"url(#hatch-{kind})" if kind in HATCHED else f"var(--{kind})"


def themed(spec: Spec) -> Spec:
    """`spec` with the house's configuration."""
    return {"$schema": SCHEMA, "config": config(), "background": "transparent", **spec}


def config() -> Spec:
    return {
        "font": FONT,
        "locale": {"number": _NUMBERS, "time": _TIMES[_language()]},
        "view": {"stroke": None},
        "axis": {
            "labelColor": "var(--muted)",
            "titleColor": "var(--muted)",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": "var(--line)",
            "domainColor": "var(--line-strong)",
            "tickColor": "var(--line-strong)",
            "labelPadding": 6,
        },
        "axisY": {"domain": False, "ticks": False, "tickCount": 5},
        "axisX": {"grid": False, "tickSize": 4, "labelOverlap": "greedy", "labelSeparation": 6},
        "legend": {
            "labelColor": "var(--muted)",
            "labelFontSize": 12,
            "labelLimit": 260,
            "symbolType": "square",
            "symbolSize": 110,
            "orient": "top",
            "title": None,
            "offset": 8,
            "columnPadding": 14,
        },
        "bar": {"cornerRadius": 1},
        "line": {"strokeWidth": 2},
    }


def _language() -> str:
    return get_language() if get_language() in _TIMES else "en"


_NUMBERS = {
    "decimal": ".",
    "thousands": ",",
    "grouping": [3],
    "currency": ["", ""],
    "minus": "\u2212",
}
_CHINESE_MONTHS = [f"{n}月" for n in range(1, 13)]
_CHINESE = {
    "dateTime": "%Y年%-m月%-d日 %X",
    "date": "%Y/%-m/%-d",
    "time": "%H:%M:%S",
    "periods": ["上午", "下午"],
    "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
    "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
    "months": _CHINESE_MONTHS,
    "shortMonths": _CHINESE_MONTHS,
}
_ENGLISH = {
    "dateTime": "%x, %X",
    "date": "%-m/%-d/%Y",
    "time": "%-I:%M:%S %p",
    "periods": ["AM", "PM"],
    "days": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    "shortDays": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    "months": [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ],
    "shortMonths": [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
}  # fmt: skip
_TIMES = {"en": _ENGLISH, "zh-hans": _CHINESE, "zh-hant": _CHINESE}


def for_export(spec: Any) -> Any:
    """The same specification with plain colours in place of variables."""
    if isinstance(spec, dict):
        return {key: for_export(value) for key, value in spec.items()}
    if isinstance(spec, list):
        return [for_export(value) for value in spec]
    if isinstance(spec, str) and spec.startswith("var("):
        return LIGHT[spec[4:-1]]
    return spec
