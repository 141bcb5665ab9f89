"""The plays that Tenure comes with: folders to copy, and what has to be filled in first.

    shipped()                                   # names
    files_of("trial_ending")                    # play.toml and its mails, as they are shipped
    filled(files, {"feature_1.title": "…"})     # with its marks replaced

A mark, `«feature_1.event»`, stands where a play is about features of one's own. They are numbered:
those that set the product apart first, then those that set a plan apart, then the others, each in
the order of product.toml. Other marks, `«webinar.title»`, are for whoever adds the play to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from tenure.base.errors import InvalidInput, NotFound
from tenure.card.product_parts import Feature, Product

SEGMENT = "segment.toml"  # of a play that begins with a segment of its own
_MARK = re.compile("«([a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*)»")
_FEATURE = re.compile(r"feature_(\d+)\.(name|title|event)")
_STEP = re.compile(r"step_(\d+)\.(title|event)")
_ITEM = re.compile(r"^\[\[item\]\]\n(?:[a-z_]+ = .*\n)+\n?", re.MULTILINE)
# Where the event of a feature stands: any of its events does.
_DID = re.compile(r"did\('«(feature_\d+)\.event»', (\d+)\)")
_EVENT = re.compile(r'"«(feature_\d+)\.event»"')


@dataclass(frozen=True, slots=True)
class Shipped:
    """One play of the library, ready to be put in force. `segment` is empty where it needs none."""

    name: str
    files: Mapping[str, str]  # play.toml, and its mails
    segment: str


@lru_cache(maxsize=1)
def shipped() -> tuple[str, ...]:
    """The names of the plays, in order."""
    found = files("tenure.plays").joinpath("library").iterdir()
    return tuple(sorted(each.name for each in found if each.joinpath("play.toml").is_file()))


def files_of(name: str) -> dict[str, str]:
    """The files of a play as they are shipped, by name. Raises NotFound."""
    if name not in shipped():
        raise NotFound(
            f"there is no play {name!r} in the library; `tenure plays library` names those"
        )
    folder = files("tenure.plays").joinpath("library", name)
    return {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.is_file()}


def marks_of(texts: Mapping[str, str]) -> list[str]:
    """What is to be filled in, each once, in order."""
    return sorted({mark for text in texts.values() for mark in _MARK.findall(text)})


def made_for(name: str, product: Product, said: Mapping[str, str]) -> Shipped:
    """The play with the names of this product, and with what was said of its other marks.

    Raises NotFound, and InvalidInput for a mark that nothing fills.
    """
    texts = files_of(name)
    values = feature_words(product) | step_words(product) | dict(said)
    texts = {file: _with_items_known(text, values) for file, text in texts.items()}
    lacking = [mark for mark in marks_of(texts) if mark not in values]
    if lacking:
        raise InvalidInput(f"{name}: {_remedy(lacking, product)}", field="set")
    events = _events_of(product)
    texts = {
        file: _filled(file, _any_event(text, events) if file.endswith(".toml") else text, values)
        for file, text in texts.items()
    }
    segment = texts.pop(SEGMENT, "")
    return Shipped(name, texts, segment)


def is_of_product(mark: str) -> bool:
    """Whether the product file fills it in, so that nobody has to."""
    return bool(_FEATURE.fullmatch(mark) or _STEP.fullmatch(mark))


def feature_words(product: Product) -> dict[str, str]:
    """What the marks of features stand for: `feature_1.title` and so on."""
    words = {}
    for number, feature in enumerate(_in_order(product), 1):
        words[f"feature_{number}.name"] = feature.name
        words[f"feature_{number}.title"] = feature.title
        words[f"feature_{number}.event"] = feature.events[0]
    return words


def _with_items_known(text: str, values: Mapping[str, str]) -> str:
    """A checklist without the items of steps beyond those that the product file declares."""

    def kept(item: re.Match[str]) -> str:
        steps = {mark for mark in _MARK.findall(item[0]) if _STEP.fullmatch(mark)}
        is_beyond = any(mark not in values and not mark.startswith("step_1.") for mark in steps)
        return "" if is_beyond else item[0]

    return _ITEM.sub(kept, text)


def step_words(product: Product) -> dict[str, str]:
    """What the marks of the first steps stand for: `step_1.title` and so on, in their order."""
    words = {}
    for number, step in enumerate(product.first_value.steps, 1):
        words[f"step_{number}.title"] = step.title
        words[f"step_{number}.event"] = step.event
    return words


def _in_order(product: Product) -> list[Feature]:
    """The features that marks speak of: those that set the product apart first."""
    return sorted(
        (each for each in product.features if each.events),
        key=lambda each: 0 if each.sets_apart_product else 1 if each.sets_apart_plan else 2,
    )


def _events_of(product: Product) -> dict[str, tuple[str, ...]]:
    """The events of features that have several, by the name of their mark."""
    numbered = enumerate(_in_order(product), 1)
    return {f"feature_{n}": each.events for n, each in numbered if len(each.events) > 1}


def _any_event(text: str, events: Mapping[str, tuple[str, ...]]) -> str:
    """A file of a play in which any event of a feature does, not its first alone."""

    def counted(mark: re.Match[str]) -> str:
        if mark[1] not in events:
            return mark[0]
        several = [event.replace("'", "''") for event in events[mark[1]]]
        inside = [each.replace("\\", "\\\\").replace('"', '\\"') for each in several]
        return "(" + " + ".join(f"did('{each}', {mark[2]})" for each in inside) + ")"

    def listed(mark: re.Match[str]) -> str:
        if mark[1] not in events:
            return mark[0]
        inside = [each.replace("\\", "\\\\").replace('"', '\\"') for each in events[mark[1]]]
        return "[" + ", ".join(f'"{each}"' for each in inside) + "]"

    return _EVENT.sub(listed, _DID.sub(counted, text))


def _filled(file: str, text: str, values: Mapping[str, str]) -> str:
    """The text with its marks replaced; in TOML and heads as the inside of a quoted text."""
    for value in values.values():
        if any(letter in value for letter in "«»\n\r") or "{{" in value or "{%" in value:
            raise InvalidInput(f"{value!r} cannot be filled in; write plain words on one line")
    head = len(text) if file.endswith(".toml") else text.find("\n+++", 3)

    def put(mark: re.Match[str]) -> str:
        value = values[mark[1]]
        if mark.start() >= head:
            return value
        is_in_sql = mark[1].endswith(".event")
        value = value.replace("'", "''") if is_in_sql and _in_call(text, mark) else value
        return value.replace("\\", "\\\\").replace('"', '\\"')

    return _MARK.sub(put, text)


def _in_call(text: str, mark: re.Match[str]) -> bool:
    """Whether it stands in a condition, within single quotes."""
    return text[mark.start() - 1 : mark.start()] == "'"


def _remedy(lacking: list[str], product: Product) -> str:
    features = [int(found[1]) for mark in lacking if (found := _FEATURE.fullmatch(mark))]
    if features:
        has = sum(1 for each in product.features if each.events)
        return (
            f"it speaks of {max(features)} features, and product.toml declares {has}; declare "
            "them, those that set the product apart first"
        )
    steps = [int(found[1]) for mark in lacking if (found := _STEP.fullmatch(mark))]
    if steps:
        has = len(product.first_value.steps)
        return (
            f"it speaks of {max(steps)} first steps, and product.toml declares {has}; declare "
            "them as [[first_value.step]]"
        )
    asked = " ".join(f'--set {mark}="…"' for mark in lacking)
    return f"say what to fill in: {asked}"
