"""What stands in the folder of a lesson, and in the file of a goal: checked, each mistake with its
place.

lessons/reports/
  lesson.toml
  page.en.md   page.zh-hans.md

title = { en = "Reports in five minutes", zh-hans = "…" }
kind = "page"                    # page | video | course | webinar
feature = "report_export"        # of product.toml
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tenure.base.errors import BadDefinition
from tenure.card.product import product
from tenure.definitions.folder_text import unpack
from tenure.definitions.store import current
from tenure.definitions.toml_file import Fields
from tenure.kit.web_address import web_address

KIND, MAIN, GOAL = "lesson", "lesson.toml", "goal"
PAGE, VIDEO, COURSE, WEBINAR = "page", "video", "course", "webinar"
KINDS = (PAGE, VIDEO, COURSE, WEBINAR)
STAGES = ("new", "active", "fading", "lapsed", "leaving", "left")
STARTED, FINISHED = "Lesson Started", "Lesson Finished"
ACCOUNT, PERSON = "account", "person"
EVER_DAYS = 36_500
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_PARTS_MOST = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """An event that shows that a lesson was begun or finished; with a property of that value,
    where one is named."""

    event: str
    property: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One piece that teaches something."""

    name: str
    kind: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    summary: Mapping[str, str]
    feature: str = ""
    craft: str = ""
    stages: tuple[str, ...] = ()  # of the account; empty: all
    personas: tuple[str, ...] = ()  # roles; empty: all
    link: str = ""
    minutes: int = 0
    starts_at: datetime | None = None  # of a webinar
    parts: tuple[str, ...] = ()  # of a course
    started: Shown | None = None  # beside the usual events
    finished: Shown | None = None
    pages: Mapping[str, str] | None = None  # Markdown by language

    def language_for(self, wanted: str) -> str:
        """The language in which somebody gets it; empty: it is in none that they read."""
        for each in (wanted, wanted.partition("-")[0]):
            if each in self.languages:
                return each
        return ""

    @property
    def ends_at(self) -> datetime | None:
        """When a webinar is over."""
        return self.starts_at + timedelta(minutes=self.minutes) if self.starts_at else None


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to reach: an event so often, an outcome of the product file, or lessons."""

    name: str
    over: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    event: str = ""
    times: int = 1
    within_days: int = EVER_DAYS
    outcome: str = ""
    lessons: tuple[str, ...] = ()
    reward: Mapping[str, str] | None = None  # what one gets, in words
    reward_task: str = ""  # what somebody of ours has to do for it
    reward_within_days: int = 7
    has_certificate: bool = False
    may_be_named: bool = False  # those who want to are named in public

    def words(self, texts: Mapping[str, str] | None, language: str) -> str:
        """A text of the goal in a language, else in its first."""
        return (texts or {}).get(language) or (texts or {}).get(self.languages[0], "")


def read_lesson(files: Mapping[str, str], where: str) -> Lesson:
    """The lesson that a folder states. Raises BadDefinition."""
    if MAIN not in files:
        raise BadDefinition(f"{where}: there is no {MAIN} in this folder; add it")
    read = Fields.of(files[MAIN], f"{where}/{MAIN}")
    languages = _languages(read)
    kind = read.text("kind", PAGE, among=KINDS)
    lesson = Lesson(
        name=where.rpartition("/")[2],
        kind=kind,
        languages=languages,
        title=read.translated("title", languages),
        summary=read.translated("summary", languages) if "summary" in read.values else {},
        feature=read.text("feature", ""),
        craft=read.text("craft", ""),
        stages=_among(read, "stages", STAGES),
        personas=tuple(read.texts("personas", ())),
        link=_link(read),
        minutes=read.whole("minutes", 60 if kind == WEBINAR else 0, most=24 * 60),
        starts_at=_starts_at(read, kind),
        parts=tuple(read.texts("parts", ())),
        started=_shown(read, "started"),
        finished=_shown(read, "finished"),
        pages=_pages(files, languages, where),
    )
    read.known("summary")
    read.done()
    _check_kind(lesson, read)
    return lesson


def check_lesson(text: str, where: str) -> list[str]:
    """What to know of a lesson that is accepted. Raises BadDefinition."""
    lesson = read_lesson(unpack(text, where), where)
    warnings = [
        f"{where}: parts: there is no lesson {name!r} in force yet"
        for name in lesson.parts
        if current(KIND, name) is None
    ]
    return warnings + _unknown_feature(lesson.feature, where)


def read_goal(text: str, where: str) -> Goal:
    """The goal that a text states. Raises BadDefinition."""
    read = Fields.of(text, where)
    languages = _languages(read)
    reward = read.table("reward")
    goal = Goal(
        name=where.rpartition("/")[2].removesuffix(".toml"),
        over=read.text("over", PERSON, among=(ACCOUNT, PERSON)),
        languages=languages,
        title=read.translated("title", languages),
        event=read.text("event", ""),
        times=read.whole("times", 1, least=1, most=100_000),
        within_days=read.whole("within_days", EVER_DAYS, least=1, most=EVER_DAYS),
        outcome=read.text("outcome", ""),
        lessons=tuple(read.texts("lessons", ())),
        reward=reward.translated("text", languages) if reward.values else None,
        reward_task=reward.text("task", ""),
        reward_within_days=reward.whole("within_days", 7, least=0, most=365),
        has_certificate=read.flag("certificate", False),
        may_be_named=read.flag("recognition", False),
    )
    read.done()
    stated = [name for name in ("event", "outcome", "lessons") if getattr(goal, name)]
    if len(stated) != 1:
        raise read.refuse("event", "state one thing that reaches it: event, outcome or lessons")
    if goal.outcome and goal.over != ACCOUNT:
        raise read.refuse("outcome", 'outcomes are of accounts; write over = "account"')
    if goal.lessons and goal.over != PERSON:
        raise read.refuse("lessons", 'people finish lessons; write over = "person"')
    return goal


def check_goal(text: str, where: str) -> list[str]:
    """What to know of a goal that is accepted. Raises BadDefinition."""
    goal = read_goal(text, where)
    outcomes = {each.name for each in product().outcomes}
    if goal.outcome and goal.outcome not in outcomes:
        raise BadDefinition(
            f"{where}: outcome: there is no {goal.outcome!r} in product.toml; use "
            f"{', '.join(sorted(outcomes)) or 'an event'}",
            field="outcome",
        )
    return [
        f"{where}: lessons: there is no lesson {name!r} in force yet"
        for name in goal.lessons
        if current(KIND, name) is None
    ]


def _languages(read: Fields) -> tuple[str, ...]:
    languages = read.texts("languages", ["en"])
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            raise read.refuse("languages", f"{language!r} is no language; write en, de or zh-hant")
    return tuple(languages) or ("en",)


def _among(read: Fields, field: str, known: tuple[str, ...]) -> tuple[str, ...]:
    values = read.texts(field, ())
    for value in values:
        if value not in known:
            raise read.unknown(field, "stage", value, known)
    return tuple(values)


def _link(read: Fields) -> str:
    link = read.text("link", "")
    if link and web_address(link) is None:
        raise read.refuse("link", f"{link!r} is no address; write https://…")
    return link


def _starts_at(read: Fields, kind: str) -> datetime | None:
    at = read.values.get("starts_at")
    read.known("starts_at")
    if at is None:
        return None
    if kind != WEBINAR:
        raise read.refuse("starts_at", 'only a webinar begins at a time; write kind = "webinar"')
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise read.refuse("starts_at", f"{at!r} is no time with a zone; write 2026-12-01T15:00:00Z")
    return at.astimezone(UTC)


def _shown(read: Fields, field: str) -> Shown | None:
    table = read.table(field)
    if not table.values:
        return None
    shown = Shown(table.text("event"), table.text("property", ""), table.text("value", ""))
    if bool(shown.property) != bool(shown.value):
        raise table.refuse("value", "name a property and its value, or neither")
    return shown


def _pages(files: Mapping[str, str], languages: tuple[str, ...], where: str) -> dict[str, str]:
    known = {f"page.{language}.md": language for language in languages}
    for name in files:
        if name != MAIN and name not in known:
            raise BadDefinition(f"{where}/{name}: no language of this lesson has it; delete it")
    return {language: files[name] for name, language in known.items() if name in files}


def _check_kind(lesson: Lesson, read: Fields) -> None:
    has_pages = set(lesson.pages or {}) == set(lesson.languages)
    if lesson.kind == WEBINAR and lesson.starts_at is None:
        raise read.refuse("starts_at", "when does it begin? write 2026-12-01T15:00:00Z")
    if lesson.kind == COURSE and not 0 < len(lesson.parts) <= _PARTS_MOST:
        raise read.refuse("parts", "name the lessons that it is made of, in order")
    if lesson.kind != COURSE and lesson.parts:
        raise read.refuse("parts", 'only a course has parts; write kind = "course"')
    if lesson.name in lesson.parts:
        raise read.refuse("parts", "it is a part of itself; leave it out")
    if lesson.kind in (VIDEO, WEBINAR) and not lesson.link:
        raise read.refuse("link", f"where is this {lesson.kind}? write its address")
    if lesson.kind == PAGE and not lesson.link and not has_pages:
        missing = next(each for each in lesson.languages if each not in (lesson.pages or {}))
        raise read.refuse("link", f"there is no page.{missing}.md; add it, or a link")
    if lesson.pages and not has_pages:
        missing = next(each for each in lesson.languages if each not in lesson.pages)
        raise read.refuse("languages", f"there is no page.{missing}.md; add it")


def _unknown_feature(feature: str, where: str) -> list[str]:
    names = {each.name for each in product().features}
    if not feature or feature in names:
        return []
    return [f"{where}: feature: there is no {feature!r} in product.toml"]
