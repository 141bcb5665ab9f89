"""What stands in a play's folder: typed reading, each mistake with its place and what to write.

read_play({"play.toml": ..., "01-welcome.en.md": ...}, "plays/onboarding", names) -> Play
"""

import re
from collections.abc import Mapping

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.definitions.toml_file import Fields
from tenure.messages.consent import ASKING
from tenure.plays import parts
from tenure.plays.file_steps import steps_of
from tenure.plays.graph import faults
from tenure.plays.parts import END, Entry, Exit, Goal, Play, To
from tenure.plays.reading import Names, Reading, hours_around

KIND, MAIN = "play", "play.toml"
MAIL_FILES = (".md", ".mjml")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_STEPS_MOST = 100


def read_play(files: Mapping[str, str], where: str, names: Names) -> Play:
    """The play that a folder states. Raises BadDefinition with file, place and remedy."""
    return read_whole(files, where, names)[0]


def read_whole(files: Mapping[str, str], where: str, names: Names) -> tuple[Play, list[str]]:
    """The same, and the events that it names and nobody has sent yet."""
    if MAIN not in files:
        raise BadDefinition(f"{where}: there is no {MAIN} in this folder; add it")
    name = where.rpartition("/")[2]
    read = Fields.of(files[MAIN], f"{where}/{MAIN}")
    over = read.text("over", parts.ACCOUNT, among=parts.OVER)
    languages = _languages(read)
    reading = Reading(read, over, languages, names)
    purpose = read.text("purpose", parts.MARKETING, among=parts.PURPOSES)
    steps = steps_of(reading)
    if not 0 < len(steps) <= _STEPS_MOST:
        raise read.refuse("step", f"a play has from 1 to {_STEPS_MOST} steps")
    play = Play(
        name=name,
        digest=digest(KIND, name, *(part for pair in sorted(files.items()) for part in pair)),
        titles=_titles(read),
        over=over,
        languages=languages,
        purpose=purpose,
        topic=_topic(read, purpose),
        priority=read.whole("priority", 50, most=100),
        source=read.text("source", ""),
        entry=_entry(reading.below(read.table("entry"))),
        to=_to(read.table("to"), over, names),
        goal=_goal(reading, purpose),
        exit=_exit(reading.below(read.table("exit"))),
        hold_out_share=_hold_out(read, purpose),
        opt_in=read.flag("opt_in", False),
        asks=read.flag("asks", False),
        deadline_hours=read.table("deadline").whole("hours", None, least=1, most=24 * 90),
        steps=steps,
        moved=_moved(read, steps),
        files={name: text for name, text in files.items() if name != MAIN},
    )
    read.done()
    _check_ways(play, read)
    _check_files(play, where)
    return play, sorted(set(reading.unseen))


def _languages(read: Fields) -> tuple[str, ...]:
    """In which every message of the play stands."""
    languages = read.texts("languages", ["en"])
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            raise read.refuse("languages", f"{language!r} is no language; write en, de or zh-hant")
    return tuple(languages) or ("en",)


def _titles(read: Fields) -> dict[str, str]:
    """What the play is called: one text for all, or one in each of these languages."""
    if not isinstance(read.values.get("title"), dict):
        return {"": read.text("title")}
    table = read.table("title")
    for language in table.values:
        if not _LANGUAGE.fullmatch(language):
            raise table.refuse(language, f"{language!r} is no language; write en, de or zh-hant")
    if not table.values:
        raise read.refuse("title", "this is empty; write it in a language")
    return {language: table.text(language) for language in table.values}


def _topic(read: Fields, purpose: str) -> str:
    topic = read.text("topic", "")
    if purpose == parts.MARKETING and not _SLUG.fullmatch(topic):
        raise read.refuse(
            "topic", f'{topic!r} is no topic; name what people may switch off, such as "tips"'
        )
    if topic == ASKING:  # switching all mail on or off says nothing of it
        raise read.refuse("topic", f"{topic!r} stands for all that asks; use another one")
    return topic


def _entry(reading: Reading) -> Entry:
    read, names = reading.fields, reading.names
    kinds = [
        kind for kind in ("segment", "event", "signal", "date", "manual") if kind in read.values
    ]
    if len(kinds) != 1:
        raise read.refuse(
            "segment",
            f"{len(kinds)} things bring somebody in; state one: segment, event, signal, date or "
            "manual = true",
        )
    segment, signal = read.text("segment", ""), read.text("signal", "")
    if segment and names.segments is not None:
        _check_segment(read, segment, reading.over, names.segments)
    if signal and names.signals is not None and signal not in names.signals:
        raise read.unknown("signal", "signal", signal, names.signals)
    again = read.text("again", parts.NEVER, among=parts.AGAIN)
    event, *or_events = _events(read)
    entry = Entry(
        segment=segment,
        event=event,
        or_events=tuple(or_events),
        signal=signal,
        date=reading.date_column("date"),
        is_manual=read.flag("manual", False),
        hours=hours_around(read),
        where=reading.condition(),
        again=again,
        again_after_days=read.whole("again_after_days", 0, most=3660),
    )
    if entry.date and reading.over != parts.ACCOUNT:
        raise read.refuse("date", "dates are of an account's card; let the play be over account")
    if entry.hours and not entry.date:
        raise read.refuse("before_hours", "it is before or after nothing; state a date")
    if entry.again_after_days and again == parts.NEVER:
        raise read.refuse("again_after_days", 'again is "never"; leave this out, or change that')
    return entry


def _check_segment(read: Fields, segment: str, over: str, known: Mapping[str, str]) -> None:
    if segment not in known:
        raise read.unknown("segment", "segment", segment, known)
    if known[segment] != over:
        raise read.refuse(
            "segment",
            f"{segment!r} is over {known[segment]}, the play over {over}; name another segment",
        )


def _to(read: Fields, over: str, names: Names) -> To:
    roles, left_out_by = tuple(read.texts("roles", ())), read.text("left_out_by", "")
    if left_out_by and names.signals is not None and left_out_by not in names.signals:
        raise read.unknown("left_out_by", "signal", left_out_by, names.signals)
    if over == parts.PERSON and read.values:
        raise read.refuse("roles", "a play over people goes to the person; leave [to] out")
    return To(roles, read.whole("at_most", 1, least=1, most=20), left_out_by)


def _goal(reading: Reading, purpose: str) -> Goal | None:
    read = reading.fields.table("goal")
    if not read.values:
        if purpose == parts.MARKETING:
            raise reading.fields.refuse("goal", "what is it for? state an event or a where")
        return None
    event, *or_events = _events(read)
    goal = Goal(
        event=event,
        where=reading.below(read).condition(),
        within_days=read.whole("within_days", 14, least=1, most=366),
        ends=read.flag("ends", True),
        or_events=tuple(or_events),
    )
    if bool(goal.event) == bool(goal.where):
        raise read.refuse("event", "state either an event or a where")
    return goal


def _events(read: Fields) -> list[str]:
    """One event, or several of which any will do; an empty one where none is said."""
    if isinstance(read.values.get("event"), list):
        return read.texts("event") or [""]
    return [read.text("event", "")]


def _exit(reading: Reading) -> Exit:
    return Exit(tuple(reading.fields.texts("events", ())), reading.condition())


def _hold_out(read: Fields, purpose: str) -> float:
    """What a customer is owed is withheld from nobody; all else from some."""
    table = read.table("hold_out")
    is_owed = purpose == parts.TRANSACTIONAL
    share = table.number("share", 0.0 if is_owed else 0.2)
    if is_owed and share:
        raise table.refuse("share", "what a customer is owed is withheld from nobody; leave it out")
    if not is_owed and not 0.01 <= share <= 0.9:
        raise table.refuse("share", f"{share:g} is not from 0.01 to 0.9; nothing acts unmeasured")
    return share


def _moved(read: Fields, steps: tuple[parts.Step, ...]) -> dict[str, str]:
    table, names = read.table("moved"), {step.name for step in steps}
    moved = {old: table.text(old) for old in table.values}
    for old, new in moved.items():
        if new not in names:
            raise table.unknown(old, "step", new, names)
    return moved


def _check_ways(play: Play, read: Fields) -> None:
    places = {step.name: number for number, step in enumerate(play.steps, 1)}
    for name in places:
        if name == END:
            raise read.refuse(
                f"step[{places[name]}].name", "'end' is where a play is over; rename it"
            )
    for fault in faults(play):
        raise read.refuse(f"step[{places[fault.step]}].{fault.field}", fault.message)


def _check_files(play: Play, where: str) -> None:
    """Every message has its file in every language, and no file is left over."""
    wanted: dict[str, int] = {}
    for number, step in enumerate(play.steps, 1):
        if isinstance(step.act, parts.Message):
            for language in play.languages:
                wanted[f"{step.act.template}.{language}"] = number
    for name, number in wanted.items():
        found = [f"{name}{ending}" for ending in MAIL_FILES if f"{name}{ending}" in play.files]
        field = f"step[{number}].{_channel(play, number)}"
        if not found:
            raise BadDefinition(
                f"{where}/{MAIN}: {field}: there is no {name}{MAIL_FILES[0]}", field=field
            )
        if len(found) > 1:
            raise BadDefinition(f"{where}: {' and '.join(found)} say the same; delete one")
    for name in play.files:
        said, _, ending = name.rpartition(".")
        if f".{ending}" in MAIL_FILES and said not in wanted:
            raise BadDefinition(f"{where}/{name}: no step says this; name it in one, or delete it")


def _channel(play: Play, number: int) -> str:
    act = play.steps[number - 1].act
    assert isinstance(act, parts.Message)
    return act.channel
