"""From rows of the lake to what each account is told: at once, or when there is time.

Events and facts that a kind waits for are told at once. That somebody was there is not urgent: it
can only end a silence, or push a time further away. So use is gathered in memory and told when
nothing arrives, together with the next event of its account, or before the account is asked whether
its time has come; an account never hears of anything before what came earlier. Use changes nothing
when it is told twice, so a cursor of its own says from where on it is read again after a kill.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from tenure.signals.fresh_rows import FreshRows, Unplaced
from tenure.signals.happenings import Happening
from tenure.signals.keep import Told
from tenure.signals.models import Stale, WaitingRow
from tenure.signals.places import Places

WAIT_HOURS = 24
WAITING_MAX = 10_000
SEEN_MAX = 500_000  # some 40 MB

Use = tuple[str, int, int, int, str]  # name, at, known_at, day, person_id


class Intake:
    """Kept between calls. `pending` is the use that accounts have not been told yet."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._seen: set[int] = set()
        self.pending: dict[str, list[Use]] = {}
        self.pending_uses = 0

    def forget(self) -> None:
        """Let go of everything; it has to be read again."""
        self._seen.clear()
        self.pending.clear()
        self.pending_uses = 0

    def forget_seen(self) -> None:
        """Let go of what was seen: it may mean something else now."""
        self._seen.clear()

    def take(self, fresh: FreshRows, now: datetime, *, only_use: bool = False) -> list[Told]:
        """Who is to be told something at once. Who nobody knows yet waits, where it matters."""
        waiting = [] if only_use else _waiting(now)
        fresh.told = [each for each in fresh.told if _seen_key(each) not in self._seen]
        self._places.look_up([*fresh.told, *(each for _, each in waiting)], fresh.pairs)
        told: dict[str, Told] = {}
        lost: list[Unplaced] = []
        refs = {ref for ref, _ in waiting}
        for each in fresh.told:
            if only_use and each.happening.sort != "use":
                continue
            # A batch that is told again after a kill finds its own rows waiting.
            if each.happening.ref and each.happening.ref in refs:
                continue
            account_id = self._places.account(each)
            if account_id is None:
                lost.append(each)
            else:
                self._name_person(each)
                self._add(account_id, each, told)
        for ref, each in waiting:
            account_id = self._places.account(each)
            if account_id is not None:
                self._name_person(each)
                one = told.setdefault(account_id, Told(account_id))
                one.late.append(each.happening)
                one.waited.append(ref)
        _wait(lost, now)
        _note_history(fresh, now)
        return self.with_pending(told.values())

    def with_pending(self, told: Iterable[Told]) -> list[Told]:
        """The same, and the use of each that was not told yet, which is pending no more."""
        found = list(told)
        for each in found:
            uses = self.pending.pop(each.account_id, ())
            self.pending_uses -= len(uses)
            each.happenings += [
                Happening("use", name, at, known_at, day, person_id=person_id)
                for name, at, known_at, day, person_id in uses
            ]
        return found

    def _add(self, account_id: str, each: Unplaced, told: dict[str, Told]) -> None:
        happening = each.happening
        key = _seen_key(each)
        if key is not None:
            # The same person, thing and day again change nothing.
            if len(self._seen) > SEEN_MAX:
                self._seen.clear()
            self._seen.add(key)
        if happening.sort != "use":
            told.setdefault(account_id, Told(account_id)).happenings.append(happening)
            return
        self.pending.setdefault(account_id, []).append(
            (
                happening.name,
                happening.at,
                happening.known_at,
                happening.day,
                happening.person_id,
            )
        )
        self.pending_uses += 1

    def _name_person(self, each: Unplaced) -> None:
        each.happening.person_id = self._places.person_of(each)


def _seen_key(each: Unplaced) -> int | None:
    """What use, and an address that is told, has in common with its repetition; else None."""
    happening = each.happening
    if happening.sort == "use":
        what = happening.name
    elif happening.type == "identify":
        what = str(happening.properties.get("email"))
    else:
        return None
    ids = each.account_key, each.user_id, each.anonymous_id
    return hash((*ids, happening.sort, what, happening.day))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Unplaced).decode


def _waiting(now: datetime) -> list[tuple[str, Unplaced]]:
    WaitingRow.objects.filter(until_at__lt=now).delete()
    rows = WaitingRow.objects.order_by("until_at").values_list("ref", "row")[:WAITING_MAX]
    return [(ref, _decode(row)) for ref, row in rows]


def _wait(lost: Sequence[Unplaced], now: datetime) -> None:
    """Keep what matters of people nobody knows yet, and try again."""
    rows = [
        WaitingRow(
            ref=each.happening.ref,
            user_id=each.user_id or "",
            anonymous_id=each.anonymous_id or "",
            row=_encode(each),
            until_at=now + timedelta(hours=WAIT_HOURS),
        )
        for each in lost
        if each.happening.sort == "event"
        and each.happening.type != "identify"
        and (each.user_id or each.anonymous_id or each.email())
    ]
    if rows:
        WaitingRow.objects.bulk_create(rows[:WAITING_MAX], ignore_conflicts=True)


def _note_history(fresh: FreshRows, now: datetime) -> None:
    rows = [
        Stale(key=f"{kind}:{raw_id}", because="history", batch=fresh.batch, since_at=now)
        for kind, raw_id in sorted(fresh.history)
    ]
    Stale.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["because", "batch", "since_at"],
    )
