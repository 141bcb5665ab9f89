"""What a mail server tells in a mail: what could not be delivered (RFC 3464), and who complained
(RFC 5965). Only of a mail that it names by its signed name: anybody can write such a report.
"""

from datetime import datetime
from email import message_from_string
from email.message import Message as Mail

from tenure.base.ids import digest
from tenure.messages.feedback import Kind, Report
from tenure.messages.feedback_read import kind_by_code
from tenure.messages.ledger import one_line
from tenure.messages.mail_id import message_of, names_in
from tenure.messages.mailbox.arrived import header, part_text

BY = "mailbox"
_COMPLAINTS = {"abuse", "fraud", "virus", "other"}
_RETURNED = {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}
PARTS_MOST = 20
RECIPIENTS_MOST = 20


def is_report(mail: Mail) -> bool:
    """Whether a server reports something with it."""
    return mail.get_content_type() == "multipart/report"


def reports_of(mail: Mail, name: str, at: datetime) -> list[Report]:
    """What follows for mails of ours; nothing where it tells of no such mail, or nothing final."""
    below = mail.get_payload()
    parts = [each for each in below if isinstance(each, Mail)] if isinstance(below, list) else []
    message = message_of(_originals(parts[:PARTS_MOST]))
    if message is None:
        return []
    found = [_told(part) for part in parts[:PARTS_MOST]]
    said = [each for each in found if each is not None]
    return [
        Report(
            provider=BY,
            id=digest("mailbox", name, kind),
            kind=kind,
            address=message.recipient,
            at=at,
            message=str(message.pk),
            detail=detail,
        )
        for kind, detail in dict(said).items()
    ]


def _told(part: Mail) -> tuple[Kind, str] | None:
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        for fields in _blocks(part):
            if (told := _delivery(fields)) is not None:
                return told
    if kind == "message/feedback-report":
        for fields in _blocks(part):
            named = header(fields, "Feedback-Type").lower()
            if named in _COMPLAINTS:
                return Kind.COMPLAINED, named
            if named == "opt-out":
                return Kind.UNSUBSCRIBED, named
    return None


def _delivery(fields: Mail) -> tuple[Kind, str] | None:
    """What became of it for one recipient; nothing of a mail that is late, or was passed on."""
    action = header(fields, "Action").lower()
    status = header(fields, "Status")
    said = header(fields, "Diagnostic-Code")
    detail = one_line(f"{status} {said}")[:500]
    if action == "delivered":
        return Kind.DELIVERED, detail
    if action != "failed":
        return None
    return kind_by_code(said) or kind_by_code(status) or Kind.RETURNED, detail


def _blocks(part: Mail) -> list[Mail]:
    """Groups of fields, or the head of a mail: left by the parser as mails below, or as text."""
    below = part.get_payload()
    if isinstance(below, list):
        return [each for each in below if isinstance(each, Mail)][:RECIPIENTS_MOST]
    return [message_from_string(part_text(part))]


def _originals(parts: list[Mail]) -> list[str]:
    """The names of the mails that are returned."""
    whole = [part for part in parts if part.get_content_type() in _RETURNED]
    heads = [head for part in whole for head in _blocks(part)]
    return [name for head in heads for name in names_in(header(head, "Message-ID"))]
