"""What stands in a flow's file: typed reading, each mistake with its place and what to write.

read_flow(text, "flows/default.toml", taxonomy) -> Flow
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tenure.base.ids import digest
from tenure.definitions.toml_file import Fields
from tenure.offboard import flow_parts as parts
from tenure.offboard.colours import is_colour
from tenure.offboard.flow_parts import AskedReason, Flow, FollowUp, Texts
from tenure.offboard.flow_refused import Refused, refused_fields
from tenure.offboard.flow_words import WORDS
from tenure.offers.conditions import condition_of
from tenure.reasons.taxonomy import Taxonomy

KIND = "flow"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_FONT = re.compile(r"[\w ,'\"-]{0,200}")
LINK_NAMES = ("account", "subscription")
REASONS_MOST, AGAIN_AFTER_DAYS = 30, 14
LANGUAGES_MOST = 60


@dataclass(frozen=True, slots=True)
class ReadFlow:
    """A flow, and the fields in its text that no flow has because they would stand in the way."""

    flow: Flow
    refused: tuple[Refused, ...]


def read_flow(text: str, where: str, taxonomy: Taxonomy) -> Flow:
    """The flow that a text states. Raises BadDefinition; what breaks a law is `lint.py`'s."""
    return read_whole(text, where, taxonomy).flow


def read_held(text: str, where: str, taxonomy: Taxonomy) -> Flow:
    """The flow of a text that was checked when it was put in force. Raises BadDefinition.

    A reason that `reasons.toml` has no more is asked no more: nobody is kept by that.
    """
    read = Fields.of(text, where)
    why = read.values.get("why")
    if isinstance(why, dict) and isinstance(why.get("reasons"), list):
        why["reasons"] = [code for code in why["reasons"] if taxonomy.has(code)]
        if not why["reasons"]:
            why.pop("is_required", None)
    return _whole(read, text, where, taxonomy).flow


def read_whole(text: str, where: str, taxonomy: Taxonomy) -> ReadFlow:
    """The same, with the fields that were refused. Raises BadDefinition."""
    return _whole(Fields.of(text, where), text, where, taxonomy)


def _whole(read: Fields, text: str, where: str, taxonomy: Taxonomy) -> ReadFlow:
    refused = refused_fields(read)
    name = where.rpartition("/")[2].removesuffix(".toml")
    languages = _languages(read)
    condition = condition_of(read)
    theme, human = read.table("theme"), read.table("human")
    flow = Flow(
        name=name,
        digest=digest(KIND, name, text),
        title=read.text("title"),
        where=condition.text if condition else "",
        priority=read.whole("priority", 0, least=-1000, most=1000),
        hold_out_share=_share(read, "hold_out_share", 0.2),
        languages=languages,
        shapes=_among_each(read, "shapes", parts.SHAPES, parts.SHAPES),
        again_after_days=read.whole("again_after_days", AGAIN_AFTER_DAYS, most=365),
        why=_why(read.table("why"), taxonomy),
        value=_value(read.table("value")),
        offers=_offers(read.table("offers")),
        confirm=_confirm(read.table("confirm")),
        left=_left(read.table("left"), taxonomy),
        from_name=read.table("receipt").text("from_name", ""),
        human=parts.Human(
            calendar=_link(human, "calendar"), link=_link(human, "link"), text=_texts(human, "text")
        ),
        theme=_theme(theme),
        words=_words(read.table("words")),
    )
    read.done()
    return ReadFlow(flow, refused)


def _languages(read: Fields) -> tuple[str, ...]:
    languages = read.texts("languages", ["en"])
    if not languages:
        raise read.refuse("languages", 'a flow has at least one; write ["en"]')
    if len(languages) > LANGUAGES_MOST:
        raise read.refuse(
            "languages", f"these are {len(languages)}; keep to {LANGUAGES_MOST} at most"
        )
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            raise read.refuse("languages", f"{language!r} is no language; write en, de or zh-hant")
    return tuple(languages)


def _why(read: Fields, taxonomy: Taxonomy) -> parts.Why:
    known = {reason.code: reason for reason in taxonomy.reasons}
    codes = read.texts("reasons", [])
    for code in codes:
        if code not in known:
            raise read.unknown("reasons", "reason", code, known)
    if len(codes) > REASONS_MOST:
        raise read.refuse("reasons", f"these are {len(codes)}; keep to {REASONS_MOST} at most")
    return parts.Why(
        question=_texts(read, "question"),
        reasons=tuple(_asked(known[code]) for code in codes),
        is_required=read.flag("is_required", False),
        free_text=read.flag("free_text", True),
    )


def _asked(reason) -> AskedReason:  # type: ignore[no-untyped-def]
    follow_up = reason.follow_up
    if follow_up is None:
        return AskedReason(reason.code, dict(reason.sentence))
    options = tuple((each.code, dict(each.title)) for each in follow_up.options)
    return AskedReason(
        reason.code, dict(reason.sentence), FollowUp(dict(follow_up.question), options)
    )


def _value(read: Fields) -> parts.Value:
    return parts.Value(
        title=_texts(read, "title"),
        show=_among_each(read, "show", parts.VALUE_BLOCKS, parts.VALUE_BLOCKS),
        keeps_data_days=read.whole("keeps_data_days", None, most=36500),
        export_url=_link(read, "export_url", LINK_NAMES),
        stops_working=_texts(read, "stops_working"),
    )


def _offers(read: Fields) -> parts.OfferScreen:
    show = read.texts("show", None) if "show" in read.values else None
    read.known("show")
    return parts.OfferScreen(
        title=_texts(read, "title"),
        at_most=read.whole("at_most", 2, most=12),
        show=tuple(show) if show is not None else None,
    )


def _confirm(read: Fields) -> parts.Confirm:
    return parts.Confirm(
        effective=read.text("effective", parts.PERIOD_END, among=(parts.PERIOD_END, parts.NOW)),
        title=_texts(read, "title"),
        text=_texts(read, "text"),
        button=_texts(read, "button"),
    )


def _left(read: Fields, taxonomy: Taxonomy) -> parts.Left:
    return parts.Left(
        text=_texts(read, "text"),
        asks_next_job=read.flag("asks_next_job", True),
        next_jobs=tuple((each.code, dict(each.title)) for each in taxonomy.next_jobs),
    )


def _theme(read: Fields) -> parts.Theme:
    accent, font = read.text("accent", ""), read.text("font", "")
    if accent and not is_colour(accent):
        raise read.refuse("accent", f"{accent!r} is no colour; write one as #0b6 or #00bb66")
    if not _FONT.fullmatch(font):
        raise read.refuse("font", f"{font!r} is no list of fonts; write names, separated by commas")
    return parts.Theme(accent=accent, radius=read.whole("radius", 8, most=32), font=font)


def _words(read: Fields) -> dict[str, Texts]:
    for key in read.values:
        if key not in WORDS:
            raise read.unknown(key, "word", key, WORDS)
    return {key: _texts(read, key) for key in read.values}


def _texts(read: Fields, field: str) -> Texts:
    """The text by language, empty when there is none; which it lacks, the linter says."""
    if isinstance(read.values.get(field), str):
        raise read.refuse(field, 'write it in each language: { en = "...", "zh-hans" = "..." }')
    table = read.table(field)
    for language in table.values:
        if not _LANGUAGE.fullmatch(language):
            raise table.refuse(language, "this is no language; write en, de or zh-hant")
    return {language: table.text(language) for language in table.values}


def _among_each(
    read: Fields, field: str, known: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    values = read.texts(field, list(default))
    for value in values:
        if value not in known:
            raise read.unknown(field, "value", value, known)
    return tuple(value for value in known if value in values)


def _share(read: Fields, field: str, default: float) -> float:
    share = read.number(field, default)
    if not 0 <= share < 1:
        raise read.refuse(field, f"{share:g} is no share below 1; write 0.2 for a fifth")
    return share


def _link(read: Fields, field: str, names: tuple[str, ...] = ()) -> str:
    """An address of the web; `{{ account }}` in it is filled in, quoted, when it is shown."""
    link = read.text(field, "").strip()
    if not link:
        return ""
    for name in _PLACEHOLDER.findall(link):
        if name not in names:
            raise read.refuse(
                field, f"{{{{ {name} }}}} is not known here; use {', '.join(names) or 'none'}"
            )
    try:
        parsed = urlsplit(_PLACEHOLDER.sub("x", link))
    except ValueError:
        parsed = urlsplit("")
    is_local = parsed.hostname in ("localhost", "127.0.0.1")
    if parsed.scheme != "https" and not (parsed.scheme == "http" and is_local):
        is_mail = parsed.scheme == "mailto" and field == "link"
        if not is_mail:
            raise read.refuse(field, f"{link[:80]!r} is no safe address; write one with https://")
    return link
