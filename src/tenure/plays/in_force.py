"""Which plays hold, and what this installation lets one name."""

from functools import lru_cache

from tenure.base.errors import BadDefinition, NotFound
from tenure.definitions.folder_text import unpack
from tenure.definitions.kinds import file_of
from tenure.definitions.store import Definition, all_current, current, versions
from tenure.plays.file import KIND, read_play, read_whole
from tenure.plays.lint import Finding, lint_play, refuse_play
from tenure.plays.lost_links import lost_links
from tenure.plays.mailing import check_mails
from tenure.plays.parts import ACCOUNT, PERSON, Play
from tenure.plays.posting import check_posts
from tenure.plays.reading import Names
from tenure.plays.showing import check_shown
from tenure.segments.definition import segments
from tenure.segments.known import columns_of, vocabulary_of
from tenure.segments.vocabulary import Vocabulary
from tenure.signals.rules import KINDS, rules_in_force

_KEPT = 256  # versions; with fewer than are in force, each round would read all anew


def plays() -> list[Play]:
    """The plays that are in force, by name; whether one is switched on is in `switching.py`.

    One that cannot be read any more, because a column that it names is gone, say, is left out:
    `unreadable_plays` says why.
    """
    return [play for each in all_current(KIND) if (play := _if_readable(each)) is not None]


def unreadable_plays() -> dict[str, str]:
    """The plays in force that cannot be read, by name, each with what is wrong."""
    found = {}
    for each in all_current(KIND):
        try:
            _read(each.text, each.where)
        except BadDefinition as error:
            found[each.name] = error.message
    return found


def play_named(name: str) -> Play:
    """The play in force of that name. Raises NotFound."""
    held = current(KIND, name)
    if held is None:
        raise NotFound(f"there is no play {name!r} in force; `tenure plays list` names those")
    return _read(held.text, held.where)


def play_of(name: str, digest: str) -> Play | None:
    """A play as it was under that digest, in force or not; None where it cannot be read now."""
    for each in versions(KIND, name):
        play = _if_readable(each)
        if play is not None and play.digest == digest:
            return play
    return None


def play_digests(name: str) -> dict[str, str]:
    """The digest of the play in each version of its text, by the digest of that; unreadable ones
    are left out.
    """
    found = {held.digest: _if_readable(held) for held in versions(KIND, name)}
    return {text: play.digest for text, play in found.items() if play is not None}


def version_before(play: Play) -> Play | None:
    """The version that held before this one, if there was any that can still be read."""
    found = [each for held in versions(KIND, play.name) if (each := _if_readable(held)) is not None]
    places = [place for place, each in enumerate(found) if each.digest == play.digest]
    later = found[max(places) + 1 :] if places else found
    return next((each for each in later if each.digest != play.digest), None)


def check_play(text: str, where: str) -> list[str]:
    """What to know of a play that is accepted: events that it names and nobody ever sent.

    Raises BadDefinition.
    """
    names = Names(
        vocabularies={over: vocabulary_of(over) for over in (ACCOUNT, PERSON)},
        segments={each.name: each.over for each in segments()},
        signals={*KINDS, *(each.name for each in rules_in_force().declared)},
    )
    files = unpack(text, where)
    play, unseen = read_whole(files, where, names)
    unseen += [event for event in check_mails(play) if event not in unseen]
    unseen += [event for event in check_shown(play) if event not in unseen]
    check_posts(play)
    refuse_play(play, files, where, _segment_where(play))
    unsaid = [f"{lost}; until then it is not switched on" for lost in lost_links(play)]
    return [*(f"{where}: nobody has sent {event!r} yet" for event in unseen), *unsaid]


def findings_of(text: str, where: str) -> list[Finding]:
    """What the messages of a play in force should not say; none of one that cannot be read."""
    play = read_play(unpack(text, where), where, names_of_then())
    return lint_play(play, unpack(text, where), _segment_where(play))


def _segment_where(play: Play) -> str:
    held = {each.name: each.where for each in segments()} if play.entry.segment else {}
    return held.get(play.entry.segment, "")


@lru_cache(maxsize=_KEPT)
def _read(text: str, where: str) -> Play:
    """A play that was accepted once. What it names may be gone by now: the conditions say so."""
    return read_play(unpack(text, where), where, names_of_then())


def names_of_then() -> Names:
    """What a play that was accepted once may name: columns as they are now, anything else."""
    over = {
        each: Vocabulary(each, columns_of(each), columns_of(ACCOUNT)) for each in (ACCOUNT, PERSON)
    }
    return Names(over, None, None)


def _if_readable(held: Definition) -> Play | None:
    try:
        return _read(held.text, file_of(KIND, held.name))
    except BadDefinition:
        return None
