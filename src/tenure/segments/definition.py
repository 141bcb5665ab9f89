"""What a segment is: a condition with a name. `segments()` are those that are in force.

title = "Champions gone quiet"
over = "account"                       # account | person
where = "plan = 'Pro' and days_since_seen > 14"
description = ""                       # why it is of interest
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tenure.base.errors import BadDefinition, NotFound
from tenure.definitions.store import Definition, all_current
from tenure.definitions.toml_file import Fields
from tenure.segments.bad_condition import BadCondition
from tenure.segments.built_in import built_in
from tenure.segments.condition import Condition, Unseen, read_condition
from tenure.segments.vocabulary import ACCOUNT, OVER, Vocabulary

KIND = "segment"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment in force. `digest` names this version of it for ever."""

    name: str
    title: str | Promise
    over: str
    where: str
    digest: str
    description: str | Promise = ""
    is_built_in: bool = False

    def condition(self, vocabulary: Vocabulary | None = None) -> Condition:
        """Its condition, read. Raises BadCondition when a column it names is there no more."""
        return read_condition(self.where, self.over, vocabulary=vocabulary)


@dataclass(frozen=True, slots=True)
class Declared:
    """What stands in the text of a segment."""

    title: str
    over: str
    where: str
    description: str


def segments() -> list[Segment]:
    """All segments: those that Tenure comes with, then the operator's, by name."""
    return [*_built_in(), *(_of(each) for each in all_current(KIND))]


def segment_named(name: str) -> Segment:
    """The segment of that name. Raises NotFound."""
    for segment in segments():
        if segment.name == name:
            return segment
    raise NotFound(f"there is no segment {name!r}; `tenure segment list` names those there are")


def check_segment(text: str, where: str) -> list[str]:
    """What to know of a text that is accepted: events that it names and nobody ever sent.

    Raises BadDefinition, with line and column where the condition itself is wrong.
    """
    name = where.rpartition("/")[2].removesuffix(".toml")
    check_name(name, where)
    declared = read_segment(text, where)
    try:
        condition = read_condition(declared.where, declared.over)
    except BadCondition as error:
        at = error.position
        raise BadDefinition(
            f"{where}: where: line {at.line}, column {at.column}: {error.message}", field="where"
        ) from None
    return [f"{where}: where: {warning(unseen)}" for unseen in condition.unseen]


def read_segment(text: str, where: str) -> Declared:
    """The parts of a segment's text; its condition is not read. Raises BadDefinition."""
    fields = Fields.of(text, where)
    declared = Declared(
        title=fields.text("title"),
        over=fields.text("over", ACCOUNT, among=OVER),
        where=fields.text("where"),
        description=fields.text("description", ""),
    )
    fields.done()
    return declared


def check_name(name: str, where: str) -> None:
    """Raises BadDefinition for a name that cannot stand in a link, or that Tenure has taken."""
    if not _NAME.fullmatch(name):
        raise BadDefinition(
            f"{where}: {name!r} is no name; use a-z, 0-9, _ and -, at most 63 of them", field="name"
        )
    if name == "editor" or name in {segment.name for segment in _built_in()}:
        raise BadDefinition(
            f"{where}: {name!r} is a segment that Tenure comes with; choose another name",
            field="name",
        )


def text_of(declared: Declared) -> str:
    """The TOML text that says this, as the console writes it."""
    lines = [f"title = {_quoted(declared.title)}", f'over = "{declared.over}"']
    lines.append(f"where = {_quoted(declared.where)}")
    if declared.description:
        lines.append(f"description = {_quoted(declared.description)}")
    return "\n".join(lines) + "\n"


def warning(unseen: Unseen) -> str:
    """In words, that an event was never seen, and which one may have been meant."""
    if unseen.near:
        return _("no event '%(name)s' has been seen yet; did you mean '%(near)s'?") % {
            "name": unseen.event,
            "near": unseen.near[0],
        }
    return _("no event '%(name)s' has been seen yet") % {"name": unseen.event}


def _quoted(text: str) -> str:
    """A TOML string; over several lines where the text is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\t", "\\t")
    return f'"""\n{escaped}"""' if "\n" in text else f'"{escaped}"'


def _built_in() -> list[Segment]:
    return [
        Segment(each.name, each.title, ACCOUNT, each.where, each.digest, each.description, True)
        for each in built_in()
    ]


def _of(definition: Definition) -> Segment:
    declared = read_segment(definition.text, definition.where)
    return Segment(
        definition.name,
        declared.title,
        declared.over,
        declared.where,
        definition.digest,
        declared.description,
    )
