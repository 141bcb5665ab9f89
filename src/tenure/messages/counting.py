"""How many messages were meant, and where each of them is: the states add up."""

from dataclasses import dataclass

from django.db.models import Count

from tenure.messages.models import Message, Status


@dataclass(frozen=True, slots=True)
class Balance:
    """One purpose and channel. `by_status` has every status; they add up to `intended`."""

    purpose: str
    channel: str
    intended: int
    by_status: dict[str, int]

    @property
    def adds_up(self) -> bool:
        return self.intended == sum(self.by_status.values())


def balances() -> list[Balance]:
    """One for each purpose and channel that there is, in one reading of the ledger."""
    found = Message.objects.order_by("purpose", "channel").values_list("purpose", "channel")
    whole: dict[tuple[str, str], dict[str, int]] = {}
    for purpose, channel, status, count in found.annotate(count=Count("id")).values_list(
        "purpose", "channel", "status", "count"
    ):
        by_status = whole.setdefault((purpose, channel), dict.fromkeys(Status.values, 0))
        by_status[status] = by_status.get(status, 0) + count
    return [
        Balance(purpose, channel, sum(by_status.values()), by_status)
        for (purpose, channel), by_status in whole.items()
    ]


def waiting(channel: str) -> int:
    """How many messages of a channel wait to be sent."""
    return Message.objects.filter(channel=channel, status=Status.READY).count()
