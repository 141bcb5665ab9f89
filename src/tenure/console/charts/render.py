"""Charts without a browser: the page's specification as SVG or PNG, for exports and mails."""

import re

from tenure.console.charts.theme import HATCHED, LIGHT, Spec, for_export

WIDTH, HEIGHT = 960, 360
# `href` in a data row is the page's link; a picture leads nowhere.
_LINKS = re.compile(r"</?a\b[^>]*>")


def render_svg(spec: Spec) -> str:
    """The chart on a white ground. Imports vl-convert only here: it is 60 MB of V8."""
    import vl_convert

    sized = {**spec, "width": WIDTH, "height": HEIGHT, "padding": 20}
    sized["background"] = LIGHT["--surface"]
    svg = vl_convert.vegalite_to_svg(for_export(sized), vl_version="6.4")
    head, tag, rest = _LINKS.sub("", svg).partition(">")
    return head + tag + _patterns() + rest


def render_png(spec: Spec, scale: float = 2) -> bytes:
    import vl_convert

    return vl_convert.svg_to_png(render_svg(spec), scale=scale)


def _patterns() -> str:
    return "<defs>" + "".join(_pattern(kind) for kind in HATCHED) + "</defs>"


def _pattern(kind: str) -> str:
    colour = LIGHT[HATCHED[kind]]
    return (
        f'<pattern id="hatch-{kind}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{colour}" '
        f'fill-opacity="0.35"/><rect width="3" height="6" fill="{colour}"/></pattern>'
    )
