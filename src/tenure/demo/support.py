"""Who asks for help, about what, in which tone, and how well it goes."""

import numpy as np

from tenure.demo.block import Block
from tenure.demo.catalogue import EVENTS
from tenure.demo.companies import LANGUAGE_TAGS
from tenure.demo.journal import SUPPORT, Happening
from tenure.demo.seasons import WEEK_S, Calendar

TOPICS = ("how_to", "bug", "billing", "feature_request", "outage")
SUBJECTS = {
    "how_to": (
        "How do I set up approval for timesheets?",
        "Can I import projects from a spreadsheet?",
        "Where do I change the invoice template?",
        "How can a client see only one project?",
    ),
    "bug": (
        "Export stops at 500 rows",
        "Hours show up on the wrong day",
        "The accounting sync says 'unknown tax code'",
        "Cannot open the margin report",
    ),
    "billing": (
        "Please send the invoice to our new address",
        "Why did the price change?",
        "How do I remove seats?",
        "Can we pause for the winter?",
    ),
    "feature_request": (
        "Can you support retainers?",
        "We need two approvers",
        "Any plans for a mobile app?",
        "Reports per cost centre, please",
    ),
    "outage": (
        "Invoices cannot be sent since this morning",
        "Nothing loads",
        "Timesheets are gone!",
        "Sync has been down for hours",
    ),
}
CHINESE_SUBJECTS = {
    "zh-Hant": {
        "how_to": "請問如何設定工時核准流程？",
        "bug": "報表匯出到五百列就停了",
        "billing": "請問為什麼價格變了？",
        "feature_request": "希望支援兩位核准人",
        "outage": "今天早上開始無法寄出發票",
    },
    "zh-Hans": {
        "how_to": "请问如何设置工时审批流程？",
        "bug": "报表导出到五百行就停了",
        "billing": "请问为什么价格变了？",
        "feature_request": "希望支持两位审批人",
        "outage": "今天早上开始无法发送发票",
    },
}
PHRASES = {
    "pleased": "Thanks for the quick help last time! ",
    "calm": "",
    "worried": "We have an invoice run tomorrow. ",
    "angry": "This is the third time we ask. ",
}


def ask_for_help(block: Block) -> None:
    """This week's tickets; each moves what the account thinks of our support."""
    standing, rng, calendar = block.standing, block.rng, block.calendar
    starts_at = calendar.week_starts_at(block.week)
    age_weeks = (starts_at - block.companies.signup_at) / WEEK_S
    is_stuck = (standing.progress < 0.5) & (age_weeks < 10)
    rate = 0.022 + 0.030 * is_stuck + 0.55 * np.clip(0.97 - standing.quality, 0, 0.4)
    rate *= np.clip(standing.active_people / 4, 0.2, 2.0)
    asks = (rng.random(len(rate)) < rate) & standing.is_live
    for account in asks.nonzero()[0]:
        _ticket(block, int(account), bool(is_stuck[account]))
    standing.service += 0.01 * (0.93 - standing.service)


def incident_reports(calendar: Calendar) -> list[Happening]:
    """Our own outages as events: what broke, when it began and when it was over."""
    reports = []
    for number, incident in enumerate(calendar.incidents, start=1):
        feature = EVENTS[incident.feature]
        said: dict[str, object] = {
            "incident_id": f"inc-{number}",
            "title": f"{feature}: {'down' if incident.is_bad else 'slow'}",
            "features": [feature],
            "severity": "major" if incident.is_bad else "minor",
        }
        for name, at in (
            ("Incident Began", incident.started_at),
            ("Incident Ended", incident.ended_at),
        ):
            reports.append(Happening(SUPPORT, "incident", name, -1, -1, at, said))
    return reports


def _ticket(block: Block, account: int, is_stuck: bool) -> None:
    standing, rng = block.standing, block.rng
    at = block.moment(account)
    if at is None:
        return
    here = np.flatnonzero(
        (block.crowd.joined_at[account] < at) & (block.crowd.left_at[account] > at)
    )
    if not len(here):
        return
    person = int(here[int(rng.integers(0, len(here)))])
    topic = _topic(float(standing.quality[account]), is_stuck, rng)
    satisfaction = float(standing.satisfaction[account])
    quality = block.calendar.service_quality(block.week)
    first_response_hours = round(float(rng.exponential(3 if quality > 0.8 else 16)) + 0.2, 1)
    went_well = bool(rng.random() < quality - (0.25 if topic in ("bug", "outage") else 0))
    experience = 1.0 if went_well else 0.15
    standing.service[account] = 0.72 * standing.service[account] + 0.28 * experience
    tone = _tone(topic, satisfaction, rng)
    tag = LANGUAGE_TAGS.get(block.companies.country_code(account), "en")
    writes_chinese = tag != "en" and rng.random() < 0.8
    pick = int(rng.integers(0, 4))
    subject = CHINESE_SUBJECTS[tag][topic] if writes_chinese else SUBJECTS[topic][pick]
    ticket_id = f"{block.companies.key(account)}-t{len(block.journal.happenings)}"
    opened: dict[str, object] = {
        "ticket_id": ticket_id,
        "subject": subject,
        "text": subject if writes_chinese else PHRASES[tone] + subject,
        "topic": topic,
        "tone": tone,
        "language": tag if writes_chinese else "en",
        "channel": "mail" if pick else "chat",
    }
    happenings = block.journal.happenings
    happenings.append(Happening(SUPPORT, "ticket", "Ticket Opened", account, person, at, opened))
    closed_at = at + int((first_response_hours + (4 if went_well else 60)) * 3600)
    closed: dict[str, object] = {
        "ticket_id": ticket_id,
        "first_response_hours": first_response_hours,
        "is_solved": went_well,
    }
    if rng.random() < 0.5:
        closed["rating"] = int(rng.integers(4, 6) if went_well else rng.integers(1, 4))
    happenings.append(
        Happening(SUPPORT, "ticket", "Ticket Closed", account, person, closed_at, closed)
    )


def _topic(quality: float, is_stuck: bool, rng: np.random.Generator) -> str:
    if rng.random() < 2.5 * (1 - quality):
        return "outage" if rng.random() < 0.5 else "bug"
    weights = (0.7, 0.1, 0.1, 0.1) if is_stuck else (0.38, 0.22, 0.2, 0.2)
    return TOPICS[int(rng.choice(4, p=weights))]


def _tone(topic: str, satisfaction: float, rng: np.random.Generator) -> str:
    draw = rng.random() + (0.35 if topic in ("bug", "outage") else 0) - 1.2 * (satisfaction - 0.45)
    if draw < 0.25:
        return "pleased"
    if draw < 0.75:
        return "calm"
    return "worried" if draw < 1.1 else "angry"
