"""Whether two colours can be told apart, and the nearest one that can. WCAG 2.2, 1.4.3 and 1.4.11.

on_light = readable("#00bb66", LIGHT)          # "#00804a": 4.5 : 1 on the light page
"""

import colorsys
import re

LIGHT, DARK = "#ffffff", "#16181d"  # the pages behind, as page.css has them
TEXT_RATIO = 4.5
_SHORT, _LONG = re.compile(r"#[0-9a-fA-F]{3}"), re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    return bool(_SHORT.fullmatch(text) or _LONG.fullmatch(text))


def contrast(one: str, other: str) -> float:
    """The contrast ratio, 1 to 21. Source  WCAG 2.2, "contrast ratio" and "relative luminance"."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(colour: str) -> str:
    """Black or white, whichever is read better on it: always at least 4.58 : 1."""
    return max(("#ffffff", "#000000"), key=lambda text: contrast(text, colour))


def readable(colour: str, behind: str, ratio: float = TEXT_RATIO) -> str:
    """The colour, made darker or lighter as little as it takes to be read on what is behind it."""
    if contrast(colour, behind) >= ratio:
        return _long(colour)
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    goal = 0.0 if _luminance(behind) > 0.18 else 1.0
    for step in range(1, 101):
        towards = lightness + (goal - lightness) * step / 100
        tried = _hex(colorsys.hls_to_rgb(hue, towards, saturation))
        if contrast(tried, behind) >= ratio:
            return tried
    return "#000000" if goal == 0.0 else "#ffffff"


def _long(colour: str) -> str:
    digits = colour[1:]
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits).lower()


def _parts(colour: str) -> tuple[float, float, float]:
    digits = _long(colour)[1:]
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0), 1) * 255):02x}" for part in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
