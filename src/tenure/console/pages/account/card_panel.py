"""An account's card on its page: the few values that matter, all others by group, then and now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenure.card.card_of import Card
from tenure.card.catalogue import account_columns
from tenure.card.product import product
from tenure.console import format as written
from tenure.console.pages.account.column_words import GROUPS, Words, label, topic_of, unit_words
from tenure.kit.wide_relation import Column

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the values that matter. `column` is what its definition is shown of.

    `now` is what it says by now, of a past card on which it said something else.
    """

    column: str
    title: str
    value: str
    note: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One column. `now` is its value now, where the card is a past one."""

    name: str
    title: str
    value: str
    unit: str
    meaning: str
    now: str = ""

    @property
    def has_changed(self) -> bool:
        return bool(self.now) and self.now != self.value


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class CardPanel:
    """What is shown of a card; `as_of` is the day of a past one."""

    tiles: list[Tile]
    groups: list[Group]
    as_of: date | None
    changed: int

    @property
    def columns(self) -> int:
        return sum(len(group.lines) for group in self.groups)


def card_panel(card: Card, currency: str, now: Card | None = None) -> CardPanel:
    """The card in words; beside a past one what it says `now`."""
    columns = account_columns()
    words = Words(currency, product())
    groups = groups_of_columns(columns, card.values, words, now.values if now else None)
    changed = sum(line.has_changed for group in groups for line in group.lines)
    tiles = _tiles(card.values, words)
    if now is not None:
        by_now = {tile.column: tile for tile in _tiles(now.values, words)}
        tiles = [_beside(tile, by_now[tile.column]) for tile in tiles]
    return CardPanel(tiles, groups, card.today if now else None, changed)


def groups_of_columns(
    columns: Mapping[str, Column], values: Values, words: Words, now: Values | None
) -> list[Group]:
    """All columns by group, in words; beside them what they say `now`, of a past card."""
    lines: dict[str, list[Line]] = {topic: [] for topic in GROUPS}
    for name, column in columns.items():
        line = Line(
            name,
            label(name),
            words.value(name, column, values.get(name)),
            unit_words(column) if values.get(name) is not None else "",
            column.meaning,
            words.value(name, column, now.get(name)) if now is not None else "",
        )
        lines.setdefault(topic_of(column, columns), []).append(line)
    return [
        Group(str(GROUPS.get(topic, topic.removeprefix("card_"))), found)
        for topic, found in lines.items()
        if found
    ]


def _beside(tile: Tile, now: Tile) -> Tile:
    is_other = (tile.value, tile.note) != (now.value, now.note)
    said = now.value if now.value != tile.value else f"{now.value} · {now.note}"
    return Tile(tile.column, tile.title, tile.value, tile.note, said if is_other else "")


def _tiles(values: Values, words: Words) -> list[Tile]:
    return [
        Tile(column, str(title), *_said(column, values, words)) for column, title in TITLES.items()
    ]


TITLES = {
    "stage": gettext_lazy("Stage"),
    "breadth_share": gettext_lazy("Breadth"),
    "people_deep_28_days": gettext_lazy("Depth"),
    "product_features_used_per_100_mrr": gettext_lazy("For its money"),
    "trend": gettext_lazy("Trend"),
    "limit_use_share": gettext_lazy("Nearest limit"),
    "champion_name": gettext_lazy("Champion"),
    "first_value_on": gettext_lazy("First value"),
    "required_outcome": gettext_lazy("Required outcome"),
    "days_since_seen": gettext_lazy("Last seen"),
}


def _said(column: str, values: Values, words: Words) -> tuple[str, str]:
    """Value and note of a tile."""
    said = account_columns()[column]
    value = words.value(column, said, values.get(column))
    if column == "days_since_seen" and values.get(column) is not None:
        value = _days_ago(int(str(values[column])))
    return value, NOTES[column](values, words) if column in NOTES else ""


def _stage(values: Values, words: Words) -> str:
    name = "stage_because"
    because = words.value(name, account_columns()[name], values.get(name))
    return "" if because == written.MISSING else because


def _breadth(values: Values, words: Words) -> str:
    if values.get("features_entitled") is None:
        used = _whole(values, "features_used_28_days")
        return ngettext("%(n)s feature in 28 days", "%(n)s features in 28 days", used) % {"n": used}
    text = _("%(used)s of %(all)s features")
    rows = {
        "used": _whole(values, "features_used_28_days"),
        "all": _whole(values, "features_entitled"),
    }
    if values.get("product_features_entitled"):
        text = _("%(used)s of %(all)s features; %(own)s of %(own_all)s that rivals lack")
        rows["own"] = _whole(values, "product_features_used_28_days")
        rows["own_all"] = _whole(values, "product_features_entitled")
    return text % rows


def _depth(values: Values, words: Words) -> str:
    active = _whole(values, "people_active_28_days")
    text = ngettext("of %(n)s active person", "of %(n)s active people", active) % {"n": active}
    reached = values.get("customers_reached_28_days")
    if reached is None:
        return text
    customers = ngettext(
        "reaches %(n)s of their customers", "reaches %(n)s of their customers", int(str(reached))
    ) % {"n": written.number(int(str(reached)))}
    return _("%(first)s; %(second)s") % {"first": text, "second": customers}


def _per_money(values: Values, words: Words) -> str:
    if values.get("product_features_used_per_100_mrr") is None:
        return ""
    people = values.get("people_active_per_100_mrr")
    return _("features that rivals lack, and %(people)s people, per 100 of MRR") % {
        "people": written.number(float(str(people)), 1) if people is not None else written.MISSING
    }


def _trend(values: Values, words: Words) -> str:
    ratio = values.get("events_trend_ratio")
    if ratio is None:
        return _("too young to say") if values.get("trend") is None else ""
    change = float(str(ratio)) - 1
    sign = "+" if change > 0 else ""
    return _("use %(change)s against its own past") % {"change": sign + _signed(change)}


def _signed(change: float) -> str:
    return written.share(change, 0)


def _limit(values: Values, words: Words) -> str:
    name = values.get("limit_name")
    if not name:
        return ""
    text = _("%(limit)s: %(used)s of %(most)s") % {
        "limit": words.limit(str(name)),
        "used": written.number(_whole(values, "limit_used")),
        "most": written.number(_whole(values, "limit_at_most")),
    }
    if values.get("limit_full_on"):
        day = words.value(
            "limit_full_on", account_columns()["limit_full_on"], values["limit_full_on"]
        )
        return _("%(first)s; full on %(day)s") % {"first": text, "day": day}
    return text


def _champion(values: Values, words: Words) -> str:
    days = values.get("days_since_champion_seen")
    if days is None:
        return ""
    if not days:
        return _("there today")
    return ngettext("last there %(n)s day ago", "last there %(n)s days ago", int(str(days))) % {
        "n": written.number(int(str(days)))
    }


def _first_value(values: Values, words: Words) -> str:
    days = values.get("first_value_days")
    if days is not None:
        return ngettext("after %(n)s day", "after %(n)s days", int(str(days))) % {"n": days}
    step = values.get("next_step")
    if not step:
        return ""
    said = _("stuck before: %(step)s") if values.get("is_stuck") else _("next: %(step)s")
    return said % {"step": words.step(str(step))}


def _outcome(values: Values, words: Words) -> str:
    if not values.get("required_outcome"):
        return _("nobody has said it")
    reached = values.get("outcome_reached_on")
    if reached:
        day = words.value("outcome_reached_on", account_columns()["outcome_reached_on"], reached)
        return _("reached on %(day)s") % {"day": day}
    return "" if values.get("is_outcome_reached") is None else _("not reached yet")


def _days_ago(days: int) -> str:
    if not days:
        return _("today")
    return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": written.number(days)}


def _seen(values: Values, words: Words) -> str:
    days = _whole(values, "active_days_28_days")
    return ngettext("on %(n)s of 28 days", "on %(n)s of 28 days", days) % {"n": days}


def _whole(values: Values, name: str) -> int:
    return int(float(str(values.get(name) or 0)))


NOTES: dict[str, Callable[[Values, Words], str]] = {
    "stage": _stage,
    "breadth_share": _breadth,
    "people_deep_28_days": _depth,
    "product_features_used_per_100_mrr": _per_money,
    "trend": _trend,
    "limit_use_share": _limit,
    "champion_name": _champion,
    "first_value_on": _first_value,
    "required_outcome": _outcome,
    "days_since_seen": _seen,
}
