"""A play as a drawing: its steps below each other, each way on a line, with who is where.

Ways to the step below are straight; all others go round on the right, each in a lane of its own.
What the drawing shows the list of steps below it says in words.
"""

from dataclasses import dataclass

from tenure.console.pages.plays.step_words import ICONS, act_words
from tenure.plays.graph import ways_on
from tenure.plays.parts import END, Branch, GoalCheck, Play, Split, Step, Wait
from tenure.plays.tally import Tally

WIDTH, LEFT, BOX_WIDTH, BOX_HEIGHT, GAP, TOP = 360, 8, 268, 54, 30, 8
_LANE, _FIRST_LANE = 14, 16


@dataclass(frozen=True, slots=True)
class Box:
    step: Step | None  # None: the end
    name: str
    words: str
    icon: str
    x: int
    y: int
    here: int
    came: int
    ways: tuple[tuple[str, str], ...]  # where it may go on, and when

    @property
    def middle(self) -> int:
        return self.y + BOX_HEIGHT // 2


@dataclass(frozen=True, slots=True)
class Drawing:
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]  # as SVG has paths
    width: int
    height: int


def drawing_of(play: Play, counts: Tally, language: str) -> Drawing:
    """Where each box and line is, in the units of the drawing."""
    names = [step.name for step in play.steps]
    boxes = []
    for place, step in enumerate(play.steps):
        boxes.append(
            Box(
                step=step,
                name=step.name,
                words=act_words(step.act, language),
                icon=ICONS.get(type(step.act), "circle-dot"),
                x=LEFT,
                y=TOP + place * (BOX_HEIGHT + GAP),
                here=counts.here.get(step.name, 0),
                came=counts.came.get(step.name, 0),
                ways=tuple((to, _when(step, to)) for to in ways_on(play, step)),
            )
        )
    y = TOP + len(names) * (BOX_HEIGHT + GAP)
    ended = sum(counts.ended.values())
    boxes.append(Box(None, END, "", "check", LEFT, y, ended, ended, ()))
    by_name = {box.name: (place, box) for place, box in enumerate(boxes)}
    lines, lanes = [], 0
    for place, box in enumerate(boxes):
        for to, _ in box.ways:
            other, aim = by_name[to]
            if other == place + 1:
                lines.append(f"M{LEFT + BOX_WIDTH // 2} {box.y + BOX_HEIGHT}V{aim.y - 3}")
            else:
                x = LEFT + BOX_WIDTH + _FIRST_LANE + _LANE * lanes
                lanes += 1
                lines.append(
                    f"M{LEFT + BOX_WIDTH} {box.middle + 8}H{x}V{aim.middle - 8}"
                    f"H{LEFT + BOX_WIDTH + 5}"
                )
    width = max(WIDTH, LEFT + BOX_WIDTH + _FIRST_LANE + _LANE * lanes + 8)
    return Drawing(tuple(boxes), tuple(lines), width, y + BOX_HEIGHT + TOP)


def _when(step: Step, to: str) -> str:
    """On which condition it goes that way; empty: always, or else."""
    act = step.act
    if isinstance(act, Branch):
        return next((way.where for way in act.ways if way.to == to), "")
    if isinstance(act, Split):
        return next((f"{way.share:.0%}" for way in act.ways if way.to == to), "")
    if isinstance(act, GoalCheck) and to == act.to:
        return "✓"
    if isinstance(act, Wait) and act.event and to == act.otherwise:
        return f"> {act.at_most_days} d"
    return ""
