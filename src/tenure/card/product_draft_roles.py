"""Which roles people have: what was said of them, sorted into the four that Tenure knows."""

from collections.abc import Iterable, Mapping
from typing import Any

from tenure.card.product_draft_words import comment, toml

VALUES_MAX = 20

# The first role with a word that stands in the value takes it.
_WORDS = {
    "executive": (
        "executive", "ceo", "coo", "cto", "cfo", "chief", "founder", "director", "head of", "vp",
        "partner", "president", "高管", "总监", "總監", "总经理", "總經理", "创始人", "創辦人",
    ),
    "buyer": (
        "buyer", "owner", "billing", "purchas", "procurement", "finance", "payer", "decision",
        "采购", "採購", "财务", "財務", "所有者", "购买", "購買", "付款",
    ),
    "implementer": (
        "implement", "admin", "integrat", "developer", "engineer", "technical", "operator", "setup",
        "manager", "管理员", "管理員", "实施", "實施", "开发", "開發", "运维", "維運", "工程",
    ),
    "user": (
        "user", "member", "employee", "staff", "contributor", "editor", "viewer", "agent", "guest",
        "用户", "用戶", "使用者", "成员", "成員", "员工", "員工",
    ),
}  # fmt: skip


def role_lines(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The roles as TOML, with how many people had each value; unknown values as a comment."""
    values: dict[str, list[tuple[str, int]]] = {role: [] for role in _WORDS}
    unknown = []
    for row in rows:
        role = role_of(row["value"])
        if role and len(values[role]) < VALUES_MAX:
            values[role].append((row["value"], row["people"]))
        else:
            unknown.append(f"{row['value']} ({row['people']:,})")
    lines = []
    for role in ("buyer", "implementer", "user", "executive"):
        if values[role]:
            seen = ", ".join(f"{value} {people:,}" for value, people in values[role])
            lines += [
                "[[role]]",
                comment(f"people: {seen}"),
                f"name = {toml(role)}",
                f"values = {toml([value for value, _ in values[role]])}",
                "",
            ]
    if unknown:
        lines += [comment(f"Roles that could not be placed: {', '.join(unknown[:30])}"), ""]
    return lines


def role_of(value: str) -> str:
    """The role whose words stand in a value; empty when none does."""
    text = value.casefold()
    if text in _WORDS:
        return text
    return next((role for role, words in _WORDS.items() if any(w in text for w in words)), "")
