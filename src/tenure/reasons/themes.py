"""Themes: what free texts have in common, each theme the same from run to run.

themes_of(texts)                 # of any texts: groups with a label, phrases, a central text
follow_themes(home, now)         # of all reasons: kept as `Theme`, with each record's theme
"""

import json
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.base.ids import digest, fresh_id
from tenure.reasons.models import ReasonCursor, ReasonRecord, Theme
from tenure.reasons.taxonomy import Taxonomy, taxonomy
from tenure.reasons.themes_grouping import group
from tenure.reasons.themes_masking import known_names, masked
from tenure.reasons.themes_naming import label_of, typical_phrases
from tenure.reasons.themes_outside import labels_from
from tenure.reasons.themes_settings import OutsideModel, outside_model
from tenure.reasons.words_in_texts import is_chinese

log = logging.getLogger("tenure.reasons")

CURSOR = "themes"
TEXTS_MOST = 20_000  # the newest; older ones keep the theme that they have
SAME_MEMBERS, SAME_MIDDLE = 0.3, 0.45  # from where on a group is the theme of an earlier run
REGROUP_EVERY = timedelta(hours=6)


@dataclass(frozen=True)
class Themed:
    """One group: places of its texts, the most central first."""

    language: str  # en | zh
    places: list[int]
    likeness: list[float]  # of each to the group's middle
    phrases: list[str]
    central_text: str
    label: str
    middle: dict[str, float]


def themes_of(texts: Sequence[str], known: Taxonomy | None = None) -> list[Themed]:
    """The groups of these texts, the largest first; what is in none is not grouped."""
    known = known or taxonomy()
    found: list[Themed] = []
    for language, is_zh in (("en", False), ("zh", True)):
        places = [at for at, text in enumerate(texts) if text.strip() and is_chinese(text) == is_zh]
        own = [texts[at] for at in places]
        grouping = group(own, is_chinese=is_zh, known=known)
        for number, middle in enumerate(grouping.middles):
            inside = [at for at, of in enumerate(grouping.group_of) if of == number]
            inside.sort(key=lambda at: (-grouping.likeness[at], own[at]))  # noqa: B023
            outside = [own[at] for at, of in enumerate(grouping.group_of) if of != number]
            phrases = typical_phrases([own[at] for at in inside], outside, is_chinese=is_zh)
            found.append(
                Themed(
                    language,
                    [places[at] for at in inside],
                    [grouping.likeness[at] for at in inside],
                    phrases,
                    own[inside[0]],
                    label_of(phrases, own[inside[0]]),
                    middle,
                )
            )
    return sorted(found, key=lambda each: (-len(each.places), each.label))


def follow_themes(home: Home, now: datetime, *, model: OutsideModel | None = None) -> int:
    """How many themes there are. Nothing is done while no text is new."""
    records = list(
        ReasonRecord.objects.filter(mode="live", superseded_by="")
        .exclude(text="")
        .order_by("-said_at", "-id")[:TEXTS_MOST]
    )
    records.reverse()
    known = taxonomy()
    state = digest(known.digest, *(each.key for each in records))
    cursor, _ = ReasonCursor.objects.get_or_create(name=CURSOR, defaults={"number": -1})
    if cursor.text == state:
        return Theme.objects.filter(mode="live", is_gone=False).count()
    found = themes_of([each.text for each in records], known)
    labels = _outside_labels(home, found, records, model)
    _keep(found, records, labels, now)
    ReasonCursor.objects.filter(name=CURSOR).update(text=state, number=int(now.timestamp()))
    return len(found)


def follow_themes_when_due(home: Home, now: datetime) -> None:
    """Group anew, a few times a day: for the worker."""
    held = ReasonCursor.objects.filter(name=CURSOR).first()
    if held is None or now.timestamp() - held.number >= REGROUP_EVERY.total_seconds():
        follow_themes(home, now)


def _outside_labels(
    home: Home, found: list[Themed], records: list[ReasonRecord], model: OutsideModel | None
) -> dict[int, str]:
    try:
        model = model or outside_model(home)
    except InvalidInput as error:
        log.warning("themes keep their own names: %s", error.message)
    if model is None:
        return {}
    shown = {at for each in found for at in each.places[:6]}
    names = known_names(records[at].account_id for at in shown)
    groups = [
        [masked(records[at].text, names.get(records[at].account_id, ())) for at in each.places[:6]]
        for each in found
    ]
    return labels_from(model, groups)


def _keep(
    found: list[Themed], records: list[ReasonRecord], labels: dict[int, str], now: datetime
) -> None:
    """The groups as themes: those of the last run where they are the same, else new ones."""
    with transaction.atomic():
        earlier = list(Theme.objects.filter(mode="live"))
        same = _recognised(found, records, earlier)
        kept: set[int] = set()
        for place, each in enumerate(found):
            theme = same.get(place) or Theme(key=fresh_id("theme"), first_seen_at=now)
            theme.mode, theme.language = "live", each.language
            if theme.label_by != "person":
                theme.label = labels.get(place, each.label)
                theme.label_by = "outside" if place in labels else "local"
            theme.phrases, theme.central_text = each.phrases, each.central_text
            theme.texts, theme.is_gone = len(each.places), False
            theme.centre = zlib.compress(json.dumps(each.middle, ensure_ascii=False).encode())
            theme.last_seen_at = max(records[at].said_at for at in each.places)
            theme.first_seen_at = min(records[at].said_at for at in each.places)
            theme.save()
            kept.add(theme.pk)
            for at, likeness in zip(each.places, each.likeness, strict=True):
                records[at].theme_id, records[at].theme_similarity = theme.pk, round(likeness, 4)
        placed = {at for each in found for at in each.places}
        for at, record in enumerate(records):
            if at not in placed:
                record.theme_id, record.theme_similarity = None, None
        ReasonRecord.objects.bulk_update(records, ["theme", "theme_similarity"], batch_size=500)
        Theme.objects.filter(mode="live").exclude(pk__in=kept).update(is_gone=True, texts=0)


def _recognised(
    found: list[Themed], records: list[ReasonRecord], earlier: list[Theme]
) -> dict[int, Theme]:
    """Which group is which theme of before: most texts in common first, then the nearest middle."""
    held: dict[int, set[int]] = {theme.pk: set() for theme in earlier}
    for at, record in enumerate(records):
        if record.theme_id in held:
            held[record.theme_id].add(at)
    pairs = []
    for place, each in enumerate(found):
        inside = set(each.places)
        for theme in earlier:
            if theme.language != each.language:
                continue
            before = held[theme.pk]
            common = len(inside & before) / len(inside | before) if before else 0.0
            near = _likeness(each.middle, _middle_of(theme))
            if common >= SAME_MEMBERS or near >= SAME_MIDDLE:
                pairs.append((1 + common if common >= SAME_MEMBERS else near, place, theme))
    same: dict[int, Theme] = {}
    taken: set[int] = set()
    for _, place, theme in sorted(pairs, key=lambda each: (-each[0], each[1], each[2].pk)):
        if place not in same and theme.pk not in taken:
            same[place] = theme
            taken.add(theme.pk)
    return same


def _middle_of(theme: Theme) -> dict[str, float]:
    return json.loads(zlib.decompress(bytes(theme.centre))) if theme.centre else {}


def _likeness(one: dict[str, float], two: dict[str, float]) -> float:
    """The cosine of two middles, as far as their terms are kept."""
    length = (sum(v * v for v in one.values()) * sum(v * v for v in two.values())) ** 0.5
    return sum(v * two.get(term, 0.0) for term, v in one.items()) / length if length else 0.0
