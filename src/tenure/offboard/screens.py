"""What is on a screen of leaving: structured, in the words of the passage's language.

The same screen is drawn by the templates, and told as JSON to apps that draw it themselves.
"""

import msgspec


class Item(msgspec.Struct, frozen=True):
    """One line of a block: what, how much or when, and what else there is to say."""

    title: str
    value: str = ""
    text: str = ""


class Block(msgspec.Struct, frozen=True):
    """Something to read. `kind` says how it may be drawn; each reads well as plain text.

    kind: text | notice | facts | list | dates | offer | slots | commitments | example
    """

    kind: str
    title: str = ""
    text: str = ""
    items: tuple[Item, ...] = ()
    name: str = ""  # which block of the flow, or which offer
    ways: "tuple[Way, ...]" = ()  # of this block alone: accept an offer, export
    fields: "tuple[Field, ...]" = ()  # asked beside its ways: a free time
    is_example: bool = False


class Option(msgspec.Struct, frozen=True):
    """One answer. `fields` are asked only of who chooses it."""

    value: str
    label: str
    fields: "tuple[Field, ...]" = ()


class Field(msgspec.Struct, frozen=True):
    """Something to fill in. kind: choice | text | line | date | email"""

    name: str
    kind: str
    label: str
    options: tuple[Option, ...] = ()
    hint: str = ""
    value: str = ""  # as answered before
    is_required: bool = False
    longest: int = 0  # characters; 0: as many as the kind takes
    error: str = ""


class Way(msgspec.Struct, frozen=True):
    """A way on: a button that sends `action`, or a link where `href` is given.

    kind: main (goes on) | leave | accept | stay | back | link | send (what was asked, and stays).
    No way weighs more than `leave`.
    """

    action: str
    label: str
    kind: str
    href: str = ""


class Screen(msgspec.Struct, frozen=True):
    """name: why | value | offers | confirm | accepted | left | back | stayed"""

    name: str
    title: str
    blocks: tuple[Block, ...]
    fields: tuple[Field, ...]
    ways: tuple[Way, ...]
    is_end: bool
    language: str = "en"
    direction: str = "ltr"
    text: str = ""  # below the title
    has_leave_always: bool = False  # the way out stays in sight while scrolling
    error: str = ""  # what was wrong with the last step
    error_title: str = ""
    error_field: str = ""  # the name of the field that it is about, where it is about one
    optional: str = ""  # the word beside fields that may stay empty
    example: str = ""  # the word on blocks that are made up, in a preview
