"""Files of addresses and of consent that somebody handed in: taken in the background, line by line.

    ask_import("consent", text, now=now, by="ada")     # a row; the page says how far it came
    follow_imports(home, now)                          # every few seconds, a second or two of it

A line twice changes nothing, so a worker that was killed goes on where it last noted.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime

from tenure.base.errors import BadUsage, Conflict
from tenure.base.home import Home
from tenure.messages.imported_words import import_part, lines_in
from tenure.messages.models import WordsImport

AT_ONCE_S = 1.5  # others send meanwhile, and the page tells of progress
REFUSED_MOST = 100  # lines that are named
Seconds = Callable[[], float]


def ask_import(what: str, text: str, *, now: datetime, by: str) -> WordsImport:
    """The row of a file that is to be taken in. Raises BadUsage for one that is none, and Conflict
    while another one is under way."""
    lines = lines_in(what, text)
    if not lines:
        raise BadUsage("there is no line below the first; add what is to be taken in")
    if WordsImport.objects.filter(ended_at=None).exists():
        raise Conflict("another file is being taken in; wait until it is done")
    return WordsImport.objects.create(what=what, text=text, lines=lines, asked_at=now, by=by)


def follow_imports(home: Home, now: datetime, *, seconds: Seconds = time.monotonic) -> int:
    """Go on with the file that waits; how many of its lines were looked at."""
    row = WordsImport.objects.filter(ended_at=None).order_by("pk").first()
    if row is None:
        return 0
    until, looked = seconds() + AT_ONCE_S, 0

    def stops() -> bool:
        nonlocal looked
        looked += 1
        return looked > 1 and seconds() > until  # one line at least, however slow

    done = import_part(
        row.what, row.text, now=row.asked_at, by=row.by, after_line=row.at_line, stops=stops
    )
    count = done.taken + done.known + len(done.refused)
    changes: dict[str, object] = {
        "at_line": done.line,
        "taken": row.taken + done.taken,
        "known": row.known + done.known,
        "refused_count": row.refused_count + len(done.refused),
        "refused": [*row.refused, *done.refused][:REFUSED_MOST],
    }
    if row.looked + count >= row.lines:
        changes |= {"ended_at": now, "text": ""}  # whom it names is kept where it was taken
    # Unless another worker went on with the same lines, which changed nothing twice.
    ours = WordsImport.objects.filter(pk=row.pk, at_line=row.at_line, ended_at=None)
    return count if ours.update(**changes) else 0


def forget_in_imports(words: Collection[str]) -> None:
    """The lines that were refused and have one of these words in them are kept no more."""
    names = [word.lower() for word in words]
    for row in WordsImport.objects.exclude(refused=[]).only("refused"):
        kept = [each for each in row.refused if not any(word in each[1].lower() for word in names)]
        if kept != row.refused:
            WordsImport.objects.filter(pk=row.pk).update(refused=kept)


def last_import(what: str) -> WordsImport | None:
    """The file of this kind that was handed in last."""
    rows = WordsImport.objects.filter(what=what)
    return rows.defer("text").order_by("-pk").first()  # which is megabytes, and asked for often
