"""Files of addresses and of consent that somebody handed in: taken in the background, line by line.

    ask_import("consent", text, now=now, by="ada")     # a row; the page says how far it came
    follow_imports(home, now)                          # every few seconds, a second or two of it

A line twice changes nothing, so a worker that was killed goes on where it last noted.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from tenure.base.errors import BadUsage, Conflict
from tenure.base.home import Home
from tenure.messages.imported_words import import_part, lines_in, parted
from tenure.messages.models import WordsImport, address_digest

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

    # Unless another worker went on with the same lines, which changed nothing twice, or somebody
    # whom the file names was forgotten meanwhile.
    ours = WordsImport.objects.filter(
        pk=row.pk, at_line=row.at_line, forgot=row.forgot, ended_at=None
    )

    @contextmanager
    def turn() -> Iterator[bool]:
        nonlocal looked
        looked += 1
        if looked > 1 and seconds() > until:  # one line at least, however slow
            yield False
            return
        with transaction.atomic():  # who forgets somebody waits for the line, and it for them
            yield bool(ours.select_for_update().values_list("pk", flat=True))

    done = import_part(
        row.what, row.text, now=row.asked_at, by=row.by, after_line=row.at_line, turn=turn
    )
    count = done.taken + done.known + len(done.refused)
    changes: dict[str, object] = {
        "at_line": done.line,
        "taken": row.taken + done.taken,
        "known": row.known + done.known,
        "refused_count": row.refused_count + len(done.refused),
        "refused": [*row.refused, *done.refused][:REFUSED_MOST],
    }
    if done.line > row.lines:
        changes |= {"ended_at": now, "text": ""}  # whom it names is kept where it was taken
    return count if ours.update(**changes) else 0


def forget_in_imports(words: Collection[str]) -> None:
    """The lines that name who is forgotten, by an id or an address, are kept no more. Those that
    wait are taken first: who wanted nothing gets nothing, should they be known again. So this goes
    before all that is forgotten of what was taken, in the caller's transaction."""
    names = [word.lower() for word in words]
    boxes = {address_digest(name) for name in names if "@" in name}

    def is_named(field: str) -> bool:
        said = field.strip().lower()
        return said in names or ("@" in said and address_digest(said) in boxes)

    for row in WordsImport.objects.filter(ended_at=None).select_for_update():
        text, theirs = parted(row.text, is_named)
        WordsImport.objects.filter(pk=row.pk).update(text=text, forgot=row.forgot + 1)
        import_part(row.what, theirs, now=row.asked_at, by=row.by, after_line=row.at_line)
    for row in WordsImport.objects.exclude(refused=[]).only("refused"):
        kept = [each for each in row.refused if not any(word in each[1].lower() for word in names)]
        if kept != row.refused:
            WordsImport.objects.filter(pk=row.pk).update(refused=kept)


def last_import(what: str) -> WordsImport | None:
    """The file of this kind that was handed in last."""
    rows = WordsImport.objects.filter(what=what)
    return rows.defer("text").order_by("-pk").first()  # which is megabytes, and asked for often
