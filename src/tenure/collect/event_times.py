"""When did it happen, judged from the client's clock and ours.

All instants here are integers: microseconds since 1970 in UTC.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US = 86_400_000_000
_END_US = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
# Smaller numbers are seconds: as milliseconds they would lie before 1973.
_LEAST_MILLISECONDS = 100_000_000_000


def to_us(at: datetime) -> int:
    """An aware instant as microseconds since 1970."""
    since = at - _EPOCH
    return since.days * _DAY_US + since.seconds * 1_000_000 + since.microseconds


def read_instant_us(value: object) -> int | None:
    """What a client calls an instant: ISO 8601 text, or seconds or milliseconds since 1970.

    Text without a zone is UTC. None for what cannot be read and for what lies before 1970.
    """
    try:
        if type(value) is str:
            at = datetime.fromisoformat(value)
            instant = to_us(at if at.tzinfo else at.replace(tzinfo=UTC))
        elif type(value) is int or type(value) is float:
            factor = 1_000 if value >= _LEAST_MILLISECONDS else 1_000_000
            instant = int(value * factor)
        else:
            return None
    except (ValueError, OverflowError):
        if type(value) is str and (tidy := value.strip().upper()) != value:
            return read_instant_us(tidy)
        return None
    return instant if 0 <= instant <= _END_US else None


def occurred_us(
    *, received: int, sent: int | None, original: int | None, is_corrected: bool = False
) -> int:
    """The time of the event on our clock: `received - (sent - original)`.

    Without `sent`, or when `is_corrected`, `original` as it is; without `original`, `received`.
    Never later than `received`: a client's clock that runs ahead must not make a future.
    Source  Segment, "Common fields: timestamps"; the fallbacks are ours (docs/tracking.md).
    """
    if original is None:
        return received
    if sent is None or is_corrected:
        return min(original, received)
    shifted = received - (sent - original)
    # Only a wild `sent` shifts an event of our time to before 1970.
    return min(shifted if shifted >= 0 else original, received)
