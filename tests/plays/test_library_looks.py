"""Every shipped mail in a real browser: in three languages, dark and narrow, nothing runs out of its
frame, and words stand out from what is behind them.

    TENURE_SHEETS=/tmp/sheets pytest tests/plays/test_library_looks.py      # keeps the pictures
"""

import html
import os
import re
from pathlib import Path

import msgspec
import pytest
from library_mails import LANGUAGES, full, read, written
from playwright.sync_api import Browser

from chromium import launched
from tenure.plays.library import shipped
from tenure.plays.mail_reading import mails_in
from tenure.plays.parts import Play

pytestmark = pytest.mark.slow
NARROW, HEIGHT = 320, 760
_TAG = re.compile(r"\{% (?:testimonial|lesson|ask)[^%]*%\}")
_LOOK = """() => [...document.querySelectorAll('iframe')].map(frame => {
    const inside = frame.contentDocument, root = inside.documentElement;
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(n => n / 255)
            .map(n => n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = node => {
        for (let at = node; at; at = at.parentElement) {
            const colour = frame.contentWindow.getComputedStyle(at).backgroundColor;
            if (!/, 0\\)$|transparent/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const ratios = [...inside.querySelectorAll('p, li, a')].filter(node => node.innerText.trim())
        .map(node => {
            const own = light(frame.contentWindow.getComputedStyle(node).color);
            const back = light(behind(node));
            return (Math.max(own, back) + 0.05) / (Math.min(own, back) + 0.05);
        });
    return {name: frame.name, over: root.scrollWidth - root.clientWidth,
            ratio: Math.min(...ratios), words: inside.body.innerText.length};
})"""


@pytest.fixture(scope="module")
def sheets() -> dict[str, str]:
    """By language, every mail in a frame of its own; without what only a database can tell."""
    made = {}
    for language in LANGUAGES:
        frames = []
        for name in shipped():
            play = without_tags(read(name))
            for template, _ in mails_in(play):
                text = written(play, template, language, full(language)).html
                frames.append(
                    f'<iframe name="{name}/{template}" width="{NARROW}" height="{HEIGHT}" '
                    f'srcdoc="{html.escape(text, quote=True)}"></iframe>'
                )
        made[language] = "".join(frames)
    return made


def without_tags(play: Play) -> Play:
    files = {name: _TAG.sub("", text) for name, text in play.files.items()}
    return msgspec.structs.replace(play, files=files)


@pytest.fixture(scope="module")
def chromium(sheets: dict[str, str]):
    yield from launched()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_mail_fits_and_can_be_read(
    chromium: Browser, sheets: dict[str, str], language: str, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": 8 * (NARROW + 8), "height": HEIGHT}, color_scheme=scheme
    )
    page = context.new_page()
    page.set_content(f"<body style='display:flex;flex-wrap:wrap;gap:4px'>{sheets[language]}</body>")
    looks = page.evaluate(_LOOK)
    if folder := os.environ.get("TENURE_SHEETS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{language}-{scheme}.png", full_page=True)
    context.close()
    assert len(looks) >= 45
    assert [each["name"] for each in looks if each["over"] > 0] == []
    assert [each["name"] for each in looks if each["ratio"] < 4.5] == []
    assert min(each["words"] for each in looks) > 40
