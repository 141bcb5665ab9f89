"""What one effect says, to each of those who get it; a row says so where nobody does."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from tenure.messages.models import Message
from tenure.plays.doing import Doing
from tenure.plays.recipients import Recipient

Intended = list[tuple[Message, list[tuple[str, str]]]]
_NOBODY = Recipient("", "", {})


def to_each(
    doing: Sequence[Doing],
    to: Mapping[int, Sequence[Recipient]],
    said: Callable[[Doing, Recipient], Message],
    unsaid: Callable[[Doing, Recipient], Message],
) -> dict[int, Intended]:
    """The messages by enrolment, with what each speaks of; `to` is by enrolment as well."""
    intended: defaultdict[int, Intended] = defaultdict(list)
    for each in doing:
        found = to[each.row.pk]
        for person in found:
            about = [*each.about, ("person", person.person_id)]
            intended[each.row.pk].append((said(each, person), about))
        if not found:
            intended[each.row.pk].append((unsaid(each, _NOBODY), each.about))
    return intended
