"""A screen as the text of its HTML.

By plain functions and not by templates: somebody waits for it at the way out, and a template engine
takes ten times as long for it as everything else that is decided there (docs/performance.md).
Whatever is not a tag or a name of ours goes through `escape`.
"""

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby

from tenure.offboard.passage import CONFIRM, LEFT
from tenure.offboard.screens import Block, Field, Item, Option, Screen, Way
from tenure.offboard.screens_text import lang_attribute

_BREAK = re.compile(r"\r\n|\r|\n")


def fragment_of(screen: Screen, *, token: str, action: str, test_word: str = "") -> str:
    """The screen as a form that posts to `action`. `test_word` marks a visit that is none."""
    blocks = _groups(screen)
    # What is decided is read first; what is asked then comes after it.
    fields_last = screen.name in (CONFIRM, LEFT)
    # Where the way out stays in sight, it has the bar with the way on to itself.
    below = {"back", "stay"} if screen.has_leave_always else {"back"}
    ways = [way for way in screen.ways if way.kind != "send" and way.kind not in below]
    ways_below = _ways(way for way in screen.ways if way.kind in below)
    parts = (
        f'<div class="screen screen-{escape(screen.name)}'
        f'{" has-leave-always" if screen.has_leave_always else ""}" '
        f'lang="{escape(lang_attribute(screen.language))}" dir="{escape(screen.direction)}" '
        f'data-screen="{escape(screen.name)}"{" data-end" if screen.is_end else ""}>',
        f'<p class="test">{escape(test_word)}</p>' if test_word else "",
        f'<form class="steps" method="post" action="{escape(action)}" novalidate>',
        f'<input type="hidden" name="passage" value="{escape(token)}">',
        _problem(screen),
        f'<header>\n<h1 id="screen-title" tabindex="-1">{escape(screen.title)}</h1>',
        f'<p class="lead" id="screen-text">{_lines(screen.text)}</p>' if screen.text else "",
        "</header>",
        blocks if fields_last else "",
        _fields(screen),
        "" if fields_last else blocks,
        f'<div class="ways">{_ways(ways)}</div>',
        f'<div class="ways-below">{ways_below}</div>' if ways_below else "",
        "</form>\n</div>\n",
    )
    return "\n".join(part for part in parts if part)


def _problem(screen: Screen) -> str:
    if not screen.error:
        return ""
    said, place = escape(screen.error), _place_of(screen.error_field, screen.fields)
    if place:
        said = f'<a href="#{escape(place)}">{said}</a>'
    return (
        '<div class="problem" role="alert" id="problem" tabindex="-1">'
        f"<h2>{escape(screen.error_title)}</h2><p>{said}</p></div>"
    )


def _place_of(name: str, fields: tuple[Field, ...]) -> str:
    """The id to jump to from the error: the first radio of a choice, else the field."""
    for field in fields:
        if field.name == name:
            return f"field-{name}-1" if field.kind == "choice" else f"field-{name}"
    return ""


def _fields(screen: Screen) -> str:
    if not screen.fields:
        return ""
    asked = "".join(_field(field, screen) for field in screen.fields)
    sent = "".join(f"<p>{_way(way)}</p>" for way in screen.ways if way.kind == "send")
    return f'<div class="fields">{asked}{sent}</div>'


def _field(field: Field, screen: Screen) -> str:
    if field.kind == "choice":
        return _choice(field, screen)
    return _entry(field, screen.optional)


def _choice(field: Field, screen: Screen) -> str:
    """Radio buttons; of a question that is the screen's title, without saying it again."""
    name, legend, titled = escape(field.name), "", ""
    if field.label == screen.title:
        titled = ' aria-labelledby="screen-title"'
        titled += ' aria-describedby="screen-text"' if screen.text else ""
    else:
        legend = f"<legend>{escape(field.label)}</legend>"
    options = "\n".join(
        _option(field.name, number, option, option.value == field.value, screen)
        for number, option in enumerate(field.options, 1)
    )
    return (
        f'<fieldset class="field choice{_wrong(field)}" id="field-{name}"{titled}>'
        f"{legend}{_error(field)}\n{options}\n</fieldset>\n"
    )


def _option(name: str, number: int, option: Option, is_chosen: bool, screen: Screen) -> str:
    inside = "".join(_field(field, screen) for field in option.fields)
    inside = f'<div class="inside">{inside}</div>' if inside else ""
    id, checked = escape(f"field-{name}-{number}"), " checked" if is_chosen else ""
    return (
        f'<div class="option"><input type="radio" name="{escape(name)}" '
        f'value="{escape(option.value)}" id="{id}"{checked}>'
        f'<label for="{id}">{escape(option.label)}</label>{inside}</div>'
    )


def _entry(field: Field, optional: str) -> str:
    """A field to write into, with its label, hint and error."""
    name = escape(field.name)
    label = escape(field.label)
    if not field.is_required:
        label += f' <span class="optional">({escape(optional)})</span>'
    hint = f'<p class="hint" id="hint-{name}">{escape(field.hint)}</p>\n' if field.hint else ""
    described = f"hint-{name} " if field.hint else ""
    described += f"error-{name}" if field.error else ""
    more = f' aria-describedby="{described}"' if described else ""
    more += ' aria-invalid="true"' if field.error else ""
    if field.kind == "text":
        entry = (
            f'<textarea name="{name}" id="field-{name}" rows="3"{more}>'
            f"{escape(field.value)}</textarea>"
        )
    else:
        kind = "text" if field.kind == "line" else escape(field.kind)
        complete = "email" if field.kind == "email" else "off"
        entry = (
            f'<input type="{kind}" name="{name}" id="field-{name}" value="{escape(field.value)}" '
            f'autocomplete="{complete}"{more}>'
        )
    return (
        f'<div class="field{_wrong(field)}">\n<label for="field-{name}">{label}</label>\n'
        f"{hint}{_error(field)}{entry}\n</div>"
    )


def _wrong(field: Field) -> str:
    return " is-wrong" if field.error else ""


def _error(field: Field) -> str:
    if not field.error:
        return ""
    return f'<p class="error" id="error-{escape(field.name)}">{escape(field.error)}</p>\n'


def _groups(screen: Screen) -> str:
    """The blocks, those that are rows of one panel together."""
    if not screen.blocks:
        return ""
    groups = []
    for is_panel, blocks in groupby(screen.blocks, key=_is_row):
        drawn = "".join(_block(block, screen) for block in blocks)
        groups.append(f'<div class="panel">{drawn}</div>' if is_panel else drawn)
    return f'<div class="blocks">\n{"".join(groups)}\n</div>'


def _is_row(block: Block) -> bool:
    return block.kind in ("dates", "list", "facts") or (block.kind == "text" and bool(block.title))


def _block(block: Block, screen: Screen) -> str:
    kind = escape(block.kind)
    if block.kind == "notice" or (block.kind == "text" and not block.title):
        return f'<p class="block block-{kind}">{_lines(block.text)}</p>\n'
    title, example = escape(block.title), escape(screen.example)
    if title and block.is_example:
        title = f'<h2>{title} <span class="badge">{example}</span></h2>\n'
    elif title:
        title = f"<h2>{title}</h2>\n"
    elif block.is_example:
        title = f'<p class="badge">{example}</p>\n'
    text = f'<p class="text">{_lines(block.text)}</p>\n' if block.text else ""
    fields = "".join(_field(field, screen) for field in block.fields)
    ways = f'<p class="block-ways">{_ways(block.ways)}</p>\n' if block.ways else ""
    return (
        f'<section class="block block-{kind}" data-block="{escape(block.name)}">\n'
        f"{title}{text}{_items(block)}{fields}{ways}</section>\n"
    )


def _items(block: Block) -> str:
    if not block.items:
        return ""
    if block.kind == "list":
        return f"<ul>{''.join(map(_listed, block.items))}</ul>\n"
    return f"<dl>{''.join(map(_defined, block.items))}</dl>\n"


def _listed(item: Item) -> str:
    more = f' <span class="more">{escape(item.text)}</span>' if item.text else ""
    return f'<li><span class="what">{escape(item.title)}</span>{more}</li>'


def _defined(item: Item) -> str:
    value = f'<dd class="value">{escape(item.value)}</dd>' if item.value else ""
    text = f'<dd class="more">{_lines(item.text)}</dd>' if item.text else ""
    return f"<div><dt>{escape(item.title)}</dt>{value}{text}</div>"


def _ways(ways: Iterable[Way]) -> str:
    return "".join(map(_way, ways))


def _way(way: Way) -> str:
    kind, label = escape(way.kind), escape(way.label)
    if way.href:
        action = f' data-action="{escape(way.action)}"' if way.action else ""
        return (
            f'<a class="way way-{kind}" href="{escape(way.href)}"{action} '
            f'rel="noopener noreferrer">{label}</a>\n'
        )
    return (
        f'<button class="way way-{kind}" type="submit" name="action" '
        f'value="{escape(way.action)}">{label}</button>\n'
    )


def _lines(text: str) -> str:
    """The text with its line breaks."""
    return _BREAK.sub("<br>", escape(text))
