"""What the identity rules refused, for people to look at. `collect` shows it with its own findings.

- `cannot_merge_already_identified`: an event claimed that somebody is another identified person.
- `blocked_id`: an id that means nobody was sent as a user, anonymous or group id.
"""

from dataclasses import dataclass

from tenure.customers.keep_links import REFUSED
from tenure.customers.models import BlockedId, IdentityLink

BLOCKED = "blocked_id"


@dataclass(frozen=True, slots=True)
class IdentityFinding:
    """One kind of trouble, how often, and its latest examples in words."""

    code: str
    count: int
    examples: list[str]
    remedy: str


def identity_findings(examples: int = 5) -> list[IdentityFinding]:
    """The findings that are not empty."""
    refused = IdentityLink.objects.filter(refused=REFUSED)
    blocked = BlockedId.objects.all()
    found = [
        IdentityFinding(
            REFUSED,
            refused.count(),
            [
                f"{link.raw_id} was claimed for {link.joined_id} by {link.because} {link.evidence}"
                for link in refused.order_by("-made_at", "raw_id")[:examples]
            ],
            "They were kept apart. Call reset() when somebody signs out; where two ids are truly "
            "the same, say so with `tenure merge person A B`.",
        ),
        IdentityFinding(
            BLOCKED,
            blocked.count(),
            [
                f"{row.kind} id {row.raw_id!r} ({row.because}) from {row.source}"
                for row in blocked.order_by("-last_seen_at", "raw_id")[:examples]
            ],
            "These ids name nobody, so no account or person was made of them. Send the real id, "
            "or none.",
        ),
    ]
    return [finding for finding in found if finding.count]
