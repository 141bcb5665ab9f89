"""`docs/plays-library.md`, as the shipped plays have it: `python -m tenure.plays.library_docs`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tenure.plays.library import SEGMENT, files_of, shipped

PAGE = Path(__file__).parents[3] / "docs" / "plays-library.md"
_WORDS = Path(__file__).with_name("library_page.md")
# Events that Tenure itself records, or that stand in the product file.
_KNOWN = ("Account Created", "Save Applied", "Save Kept", "Save Lost", "Leaving Confirmed",
          "Offer Accepted", "Outcome Stated", "Lesson Started", "Lesson Finished",
          "Goal Reached", "Testimonial Given", "In-app Shown")  # fmt: skip


def page() -> str:
    """The page's text."""
    rows = "".join(_row(name) for name in shipped())
    sources = "\n".join(f"- `{name}`: <{_play(name)['source']}>" for name in shipped())
    words = _WORDS.read_text("utf-8")
    return words.replace("(rows)\n", rows).replace("(sources)", sources)


def _row(name: str) -> str:
    play = _play(name)
    share = play.get("hold_out", {}).get("share")
    alone = f"{share:.0%}" if share else "nobody: it is owed"
    if play.get("opt_in"):
        alone += "; only who asked for it gets it"
    cells = [
        f"`{name}`<br>{play['title']['en']}",
        _entry(name, play["entry"]),
        _goal(play["goal"]),
        alone,
        ", ".join(_heard(play)),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _entry(name: str, entry: dict[str, Any]) -> str:
    kind = next(each for each in ("segment", "event", "signal", "date", "manual") if each in entry)
    if kind == "manual":
        return "by hand"
    said = f"{kind} `{entry[kind]}`"
    for side in ("before", "after"):
        if hours := entry.get(f"{side}_hours"):
            said += f", {hours} hours {side}"
    if SEGMENT in files_of(name):
        said += " (its own)"
    return said


def _goal(goal: dict[str, Any]) -> str:
    what = goal.get("event") or goal["where"]
    return f"`{what}` in {goal['within_days']} days"


def _heard(play: dict[str, Any]) -> list[str]:
    """Events that nobody but the operator's own systems send."""
    named = [play["entry"].get("event", ""), play["goal"].get("event", "")]
    named += play.get("exit", {}).get("events", [])
    named += [step["wait"].get("event", "") for step in play["step"] if "wait" in step]
    marked = [each for each in named if each and "«" not in each and each not in _KNOWN]
    return sorted({f"`{each}`" for each in marked})


@cache
def _play(name: str) -> dict[str, Any]:
    return tomllib.loads(files_of(name)["play.toml"])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.name}: {len(shipped())} plays")
