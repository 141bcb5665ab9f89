"""A reasons file's text, read: every mistake with its place and what to do about it."""

import re
from functools import lru_cache

from tenure.base.ids import digest
from tenure.definitions.toml_file import Fields
from tenure.reasons.taxonomy_parts import (
    AVOIDABLE,
    OTHER,
    ROOTS,
    FollowUp,
    NextJob,
    Option,
    Reason,
    Rival,
    Taxonomy,
    plain,
)

LANGUAGES = ("en", "zh-hans", "zh-hant")
REASONS_MOST, OPTIONS_MOST = 60, 12

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def read_reasons(text: str, where: str) -> Taxonomy:
    """The taxonomy that the text describes.

    Raises BadDefinition, `reasons.toml: reason[2].avoidable: there is no value 'maybe'; use yes,
    partly, no`, for the first mistake.
    """
    return _read(text, where)


@lru_cache(maxsize=8)
def _read(text: str, where: str) -> Taxonomy:
    top = Fields.of(text, where)
    languages = _languages(top)
    reason_tables = top.tables("reason")
    reasons = _reasons(top, reason_tables, languages)
    taxonomy = Taxonomy(
        digest=digest(text),
        languages=languages,
        reasons=reasons,
        next_jobs=_next_jobs(top.tables("next_job"), languages),
        rivals=_rivals(top.tables("rival")),
    )
    top.done()
    return taxonomy


def _languages(top: Fields) -> tuple[str, ...]:
    languages = top.texts("languages", LANGUAGES)
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            raise top.refuse("languages", f"{language!r} is no language; write it as zh-hans")
    if not languages:
        raise top.refuse("languages", "name one at least")
    return tuple(languages)


def _reasons(top: Fields, tables: list[Fields], languages: tuple[str, ...]) -> tuple[Reason, ...]:
    if len(tables) > REASONS_MOST:
        raise top.refuse("reason", f"these are many; keep to {REASONS_MOST}")
    reasons: list[Reason] = []
    for each in tables:
        code = _slug(each, {one.code for one in reasons})
        reasons.append(
            Reason(
                code=code,
                root=each.text("root", among=ROOTS),
                avoidable=each.text("avoidable", among=AVOIDABLE),
                title=each.translated("title", languages),
                sentence=each.translated("sentence", languages),
                follow_up=_follow_up(each, code, languages),
                crosswalk=_crosswalk(each),
                phrases=tuple(each.texts("phrases", ())),
            )
        )
    codes = [reason.code for reason in reasons]
    if OTHER not in codes:
        raise top.refuse(
            "reason", f'add one with code = "{OTHER}": not everybody\'s reason is in a list'
        )
    for each, reason in zip(tables, reasons, strict=True):
        _check_root(each, reason)
        _check_meanings(each, reason, codes)
    _check_crosswalks(tables, reasons)
    return tuple(reasons)


def _check_root(each: Fields, reason: Reason) -> None:
    if (reason.root == OTHER) != (reason.code == OTHER):
        raise each.refuse(
            "root", f'{reason.root!r} belongs to code = "{OTHER}" alone, and that to it; choose '
            "circumstance (something happened to them) or outcome (they did not reach it)"
        )  # fmt: skip


def _check_meanings(each: Fields, reason: Reason, codes: list[str]) -> None:
    options = reason.follow_up.options if reason.follow_up else ()
    for number, option in enumerate(options, 1):
        if option.means not in codes:
            raise each.unknown(f"follow_up.options[{number}].means", "reason", option.means, codes)


def _check_crosswalks(tables: list[Fields], reasons: list[Reason]) -> None:
    """No system's word stands for two reasons: what is imported would depend on their order."""
    taken: dict[tuple[str, str], str] = {}
    for each, reason in zip(tables, reasons, strict=True):
        for system, words in reason.crosswalk.items():
            for word in words:
                other = taken.setdefault((system, plain(word)), reason.code)
                if other != reason.code:
                    raise each.refuse(
                        f"crosswalk.{system}",
                        f"{word!r} stands for {other!r} already; leave it out",
                    )


def _follow_up(each: Fields, code: str, languages: tuple[str, ...]) -> FollowUp | None:
    if "follow_up" not in each.values:
        each.known("follow_up")
        return None
    table = each.table("follow_up")
    question = table.translated("question", languages)
    tables = table.tables("options")
    if not 2 <= len(tables) <= OPTIONS_MOST:
        raise table.refuse("options", f"there are {len(tables)}; write 2 to {OPTIONS_MOST}")
    options: list[Option] = []
    for option in tables:
        slug = _slug(option, {one.code for one in options})
        title = option.translated("title", languages)
        options.append(Option(slug, title, option.text("means", code)))
    return FollowUp(question, tuple(options))


def _crosswalk(each: Fields) -> dict[str, tuple[str, ...]]:
    table = each.table("crosswalk")
    return {system: tuple(table.texts(system)) for system in table.values}


def _next_jobs(tables: list[Fields], languages: tuple[str, ...]) -> tuple[NextJob, ...]:
    jobs: list[NextJob] = []
    for each in tables:
        jobs.append(
            NextJob(
                code=_slug(each, {one.code for one in jobs}),
                title=each.translated("title", languages),
                crosswalk=tuple(each.texts("crosswalk", ())),
                phrases=tuple(one.casefold() for one in each.texts("phrases", ())),
            )
        )
    return tuple(jobs)


def _rivals(tables: list[Fields]) -> tuple[Rival, ...]:
    taken: set[str] = set()
    rivals = []
    for each in tables:
        rival = Rival(each.text("name").strip(), tuple(each.texts("aliases", ())))
        for name in rival.names:
            if name.casefold() in taken:
                raise each.refuse("aliases", f"{name!r} is a rival already; leave it out")
            if len(name) < 2:
                raise each.refuse("aliases", f"{name!r} is found in any text; write a longer name")
            taken.add(name.casefold())
        rivals.append(rival)
    return tuple(rivals)


def _slug(each: Fields, taken: set[str]) -> str:
    code = each.text("code")
    if not _SLUG.fullmatch(code):
        raise each.refuse("code", f"{code!r} is no code; use a-z, 0-9 and _")
    if code in taken:
        raise each.refuse("code", f"{code!r} is taken; choose another")
    return code
