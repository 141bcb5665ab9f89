"""What a message came from: the file that its template's digest names, and the enrolment."""

from dataclasses import dataclass

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.definitions.folder_text import unpack
from tenure.definitions.store import versions
from tenure.messages.models import Message
from tenure.plays.file import KIND, MAIL_FILES
from tenure.plays.models import Enrolment
from tenure.plays.releasing import enrolments_of


@dataclass(frozen=True, slots=True)
class MailSource:
    """A mail's file as it was when the message was written."""

    template: str
    file: str
    text: str


def source_of(message: Message) -> MailSource | None:
    """The file that has this digest, of any version of the play; None where none can be read."""
    if not (message.play and message.template_digest):
        return None
    for version in versions(KIND, message.play):
        try:
            files = unpack(version.text, version.where)
        except BadDefinition:
            continue
        for name, text in files.items():
            if name.endswith(MAIL_FILES) and digest("mail", text) == message.template_digest:
                return MailSource(name.split(".")[0], name, text)
    return None


def enrolment_of_message(message: Message) -> Enrolment | None:
    """The enrolment that a message belongs to; None for one of no play, or of who is forgotten."""
    if not message.enrolment:
        return None
    return enrolments_of([message]).get(message.enrolment)
