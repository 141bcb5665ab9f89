"""Names as titles and slugs, what a name tells, and values as TOML."""

import json
import re
import unicodedata
from collections.abc import Iterable

# What most products record beside the use of a feature: who came and went, what was paid and sent.
_NOISE = re.compile(
    r"""
      ^(sign(ed)?|log(ged)?)[ ]?(in|out|up|on|off)\b | ^(user|account|email|person)\ (sign|log)
    | ^session\b | ^(app|application)\ (opened|installed|updated|backgrounded|closed|crashed)
    | ^(page|screen)\b.*\b(viewed|view|seen|left)$ | ^(page|screen)(view|\ view)?$
    | ^account\ (created|deleted|added\ user|removed\ user|updated)$
    | ^(workspace|organi[sz]ation|team|user|person|member)s?
      \ (created|deleted|invited|joined|removed|added)$
    | ^invite[sd]?\b | ^invitation\b
    | ^trial\b | ^subscription\b | ^plan\ (changed|upgraded|downgraded) | ^payment\b | ^charge\b
    | ^checkout\b | ^card\ (added|updated|expired|declined) | ^(pricing|billing)\b
    | ^(ticket|chat|conversation|support|help|call|survey|nps|csat|feedback)\b
    | ^(e?mail|push|sms|notification|message)
      \ (sent|received|delivered|opened|clicked|bounced|unsubscribed)
    | ^error\b | \berror$ | ^experiment\b | ^\$ | ^outcome\ stated$ | ^segment\b
    | ^(heartbeat|ping|usage)\b
    | ^(limit|quota|paywall|upgrade|feature\ gate)\b
    | ^(登录|登入|登出|注册|註冊|退出|支付|付款|訂閱|订阅|试用|試用)
    | ^(客服|工单|工單|邀请|邀請|页面浏览|頁面瀏覽)
    """,
    re.VERBOSE,
)
LEAVING_WORDS = (
    "cancel", "downgrade", "unsubscrib", "close account", "delete account", "account closure",
    "close-account", "delete-account", "close_account", "delete_account", "export all",
    "data export", "export data", "account export", "export account", "takeout", "offboard",
    "取消", "退订", "退訂", "注销", "註銷", "销户", "銷戶", "降级", "降級", "导出全部", "匯出全部",
    "导出数据", "匯出資料", "匯出數據", "停止续费", "停止續費", "关闭账户", "關閉帳戶",
)  # fmt: skip
_LEAVING = re.compile(
    r"\bcancel(l?ed|lation|ling)?\b|\bdowngrad|\bunsubscrib|\boffboard|\btakeout\b"
    r"|\bauto ?renew\w*\b.*\b(off|disabled|stopped)\b|自动续费.*关|自動續費.*關"
    r"|\b(close|closed|delete|deleted|deactivate|deactivated)\b.*\b(account|workspace)\b"
    r"|\b(account|workspace)\b.*\b(close|closed|closure|delete|deleted|deactivated)\b"
    r"|\b(data|account|everything|all)\b.*\bexport(ed|s)?\b"
    r"|\bexport(ed)?\b.*\b(data|account|everything|all)\b"
    r"|取消|退订|退訂|注销|註銷|销户|銷戶|降级|降級|停止续费|停止續費|关闭账户|關閉帳戶"
    r"|(导出|匯出).*(全部|所有|数据|資料|數據)"
)
# Something else was called off: a booking is no subscription.
_NOT_LEAVING = re.compile(
    r"\b(order|meeting|booking|appointment|invoice|payment|upload|export|import|task|job|run"
    r"|event|reservation|shipment|dialog|edit)s?\b.*\bcancel|\bcancel\w*\b.*\b(order|meeting|booking"
    r"|appointment|upload|import|dialog|edit)\b"
    r"|\bcancel\w* (withdrawn|undone|revoked|aborted)|\b(kept|resumed|reactivat)"
)
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")
_ACRONYM = re.compile(r"[A-Z]{2,5}s?")


def words_of(name: str) -> list[str]:
    """The words of a name: `reportExported`, `report_exported` and `Report: exported` alike."""
    return [word for word in _BOUNDARY.split(unicodedata.normalize("NFKC", name)) if word]


def title_from(name: str) -> str:
    """A title for people: `report_exported` and `Report Exported` give `Report exported`."""
    words = words_of(name)
    if not words:
        return name.strip()
    lowered = [word if _ACRONYM.fullmatch(word) else word.lower() for word in words]
    title = " ".join(lowered)
    return title[:1].upper() + title[1:]


def slugs(names: Iterable[str], fallback: str) -> dict[str, str]:
    """A slug for each name, all different; `fallback_3` for a name without Latin letters."""
    given: dict[str, str] = {}
    for number, name in enumerate(dict.fromkeys(names), 1):
        folded = unicodedata.normalize("NFKD", " ".join(words_of(name)))
        slug = re.sub(r"[^a-z0-9]+", "_", folded.encode("ascii", "ignore").decode().lower())
        slug = slug.strip("_")[:48].strip("_")
        if not slug or not slug[0].isalpha():
            slug = f"{fallback}_{slug or number}"
        taken, count, first = set(given.values()), 2, slug
        while slug in taken:
            slug, count = f"{first}_{count}", count + 1
        given[name] = slug
    return given


def is_noise(name: str) -> bool:
    """Whether a name tells of coming, going, paying or being helped, and not of a feature."""
    return bool(_NOISE.search(" ".join(words_of(name)).lower() or name)) or means_leaving(name)


def means_leaving(name: str) -> bool:
    """Whether an event, page or path sounds like cancelling, exporting all or downgrading."""
    text = " ".join(words_of(name)).lower()
    return bool(_LEAVING.search(text)) and not _NOT_LEAVING.search(text)


def toml(value: object) -> str:
    """A text, number, flag, list or flat table as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return str(value)


def comment(text: str) -> str:
    """A line of comment; what may not stand in one is a space."""
    return "# " + re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", " ", text)


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml(key)
