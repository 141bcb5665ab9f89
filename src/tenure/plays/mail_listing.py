"""All mails of the plays in force: in which form and languages, whether they can be written."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from tenure.base.errors import BadDefinition
from tenure.messages.authored import MARKDOWN
from tenure.messages.models import ARRIVED, Channel, Message, Status
from tenure.plays.mail_reading import mail_of, mails_in, shared_blocks
from tenure.plays.parts import Play
from tenure.plays.switching import standings


@dataclass(frozen=True, slots=True)
class ListedMail:
    """One mail of a play, in all its languages. `problem` says why it cannot be written."""

    play: str
    play_title: str
    template: str
    step: str  # the first that says it
    title: str  # its subject, as it stands
    form: str
    languages: tuple[str, ...]
    blocks: tuple[str, ...]
    is_on: bool
    sent: int
    withheld: int
    problem: str = ""


def listed_mails(play: str = "") -> list[ListedMail]:
    """The mails of every play in force, or of one, in order."""
    counts = _counts(play)
    blocks = shared_blocks()
    found = []
    for standing in standings():
        if play and standing.play.name != play:
            continue
        for template, step in mails_in(standing.play):
            sent, withheld = counts.get((standing.play.name, step), (0, 0))
            form, title, named, problem = _read(standing.play, template, blocks)
            found.append(
                ListedMail(
                    play=standing.play.name,
                    play_title=standing.play.title,
                    template=template,
                    step=step,
                    title=title,
                    form=form,
                    languages=standing.play.languages,
                    blocks=named,
                    is_on=standing.is_on,
                    sent=sent,
                    withheld=withheld,
                    problem=problem,
                )
            )
    return found


def _read(
    play: Play, template: str, blocks: tuple[tuple[str, str], ...]
) -> tuple[str, str, tuple[str, ...], str]:
    try:
        mails = [mail_of(play, template, language, blocks) for language in play.languages]
    except BadDefinition as error:
        return MARKDOWN, template, (), error.message
    first = mails[0]
    return first.form, first.subject.text, tuple(first.blocks or ()), ""


def _counts(play: str) -> Mapping[tuple[str, str], tuple[int, int]]:
    """How many went out, and how many were withheld, by play and step."""
    rows = Message.objects.filter(channel=Channel.MAIL).exclude(play="")
    rows = rows.filter(play=play) if play else rows
    gone = Q(status__in=(*ARRIVED, Status.BOUNCED, Status.UNKNOWN))
    held = Q(status__in=(Status.SUPPRESSED, Status.FAILED))
    counted = rows.values_list("play", "step").annotate(
        sent=Count("id", filter=gone), withheld=Count("id", filter=held)
    )
    return {(name, step): (sent, withheld) for name, step, sent, withheld in counted}
