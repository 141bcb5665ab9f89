"""Who says what around leaving: tickets, chats, calls; and who just sounds like it."""

from collections.abc import Mapping, Sequence

import numpy as np

from tenure.demo import said_texts as texts
from tenure.demo.companies import LANGUAGE_TAGS
from tenure.demo.journal import SUPPORT, Happening
from tenure.demo.lived_spans import Decision, LivedSpans
from tenure.demo.seasons import DAY_S

Texts = Mapping[str, Sequence[str]]
WRITES = 0.26  # of those who give notice write about it before
SAYS_BY_PHONE = 0.14
TALKS = 0.4  # of accounts talk to us all the time
GOES_SILENT = 0.7  # of talkative ones, weeks before they leave


def say_things(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """All of it, in no order."""
    return [
        *_about_leaving(spans, rng),
        *_about_the_company(spans, rng),
        *_what_sounds_like_it(spans, rng),
        *_calls(spans, rng),
        *_chats(spans, rng),
    ]


def _about_leaving(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    said = []
    for decision in spans.decisions:
        account, draw, by_phone, late = decision.account, *rng.random(3)
        about = texts.LEAVING if draw < 0.15 else texts.CONSIDERING
        if draw < WRITES and (when := spans.before(decision, (0.2, 26), rng)):
            said.append(_ticket(spans, account, *when, about, rng))
        if by_phone < SAYS_BY_PHONE and (when := spans.before(decision, (1, 35), rng)):
            said.append(_call(spans, account, *when, texts.CALLS_ABOUT_LEAVING, rng))
        if late < 0.15:
            at = spans.working_moment(account, decision.notice_at + 2 * DAY_S, rng)
            person = -1 if at is None else spans.somebody(account, at, rng)
            if at is not None and person >= 0 and at < decision.ends_at:
                said.append(_ticket(spans, account, person, at, texts.LATE, rng))
    return said


def _about_the_company(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Most of those that end or were bought say so before; some are bought, and stay."""
    said = []
    for leaving in spans.block.truth.leavings:
        if leaving.cause not in ("bankrupt", "acquired") or rng.random() > 0.62:
            continue
        about = texts.BOUGHT if leaving.cause == "acquired" else texts.CLOSING
        fate = Decision(leaving.account, leaving.left_at, leaving.left_at)
        if when := spans.before(fate, (3, 42), rng):
            make = _ticket if rng.random() < 0.7 else _call
            said.append(make(spans, leaving.account, *when, about, rng))
    for account, person, at in spans.by_chance(0.0004, rng):
        said.append(_ticket(spans, account, person, at, texts.BOUGHT, rng))
    return said


def _what_sounds_like_it(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Threats by those who stay, and words that mean something else."""
    rates = ((0.0025, texts.CONSIDERING), (0.0005, texts.LEAVING), (0.012, texts.SOUNDS_LIKE_IT))
    return [
        _ticket(spans, account, person, at, about, rng)
        for rate, about in rates
        for account, person, at in spans.by_chance(rate, rng)
    ]


def _calls(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Notes of our own people, of accounts that they look after."""
    return [
        _call(spans, account, person, at, texts.CALLS, rng)
        for account, person, at in spans.by_chance(0.12, rng)
    ]


def _chats(spans: LivedSpans, rng: np.random.Generator) -> list[Happening]:
    """Talkative accounts write every few days; most of those that will leave stop before."""
    said = []
    notices: dict[int, list[int]] = {}
    for decision in spans.decisions:
        notices.setdefault(decision.account, []).append(decision.notice_at)
    for account, periods in sorted(spans.paying.items()):
        is_talkative, every_days = rng.random() < TALKS, rng.uniform(3, 8)
        if not is_talkative:
            continue
        for start, end in periods:
            until = end
            for notice_at in notices.get(account, ()):
                if start <= notice_at < until and rng.random() < GOES_SILENT:
                    until = notice_at - int(rng.uniform(16, 50) * DAY_S)
            at = start
            while (at := at + int(rng.gamma(2.5, every_days / 2.5) * DAY_S)) < until:
                if rng.random() < 0.004:
                    at += 30 * DAY_S  # somebody is on a long leave
                moment = spans.working_moment(account, at, rng)
                person = -1 if moment is None else spans.somebody(account, moment, rng)
                if moment is not None and person >= 0:
                    said.append(_chat(spans, account, person, moment, rng))
    return said


def _ticket(
    spans: LivedSpans, account: int, person: int, at: int, about: Texts, rng: np.random.Generator
) -> Happening:
    tag = _language(spans, account, rng)
    text = _one_of(about[tag], rng)
    properties: dict[str, object] = {
        "ticket_id": f"{spans.block.companies.key(account)}-w{at}",
        "subject": text.split("?")[0].split(".")[0][:60],
        "text": text,
        "topic": "billing",
        "language": tag,
        "channel": "mail" if rng.random() < 0.6 else "chat",
    }
    return Happening(SUPPORT, "ticket", "Ticket Opened", account, person, at, properties)


def _call(
    spans: LivedSpans, account: int, person: int, at: int, about: Texts | Sequence[str],
    rng: np.random.Generator,
) -> Happening:  # fmt: skip
    """Our own people write their notes in English."""
    lines = about["en"] if isinstance(about, Mapping) else about
    properties: dict[str, object] = {
        "text": _one_of(lines, rng),
        "by": f"{('mira', 'jonas', 'lena')[int(rng.integers(0, 3))]}@fernhill.example",
        "minutes": int(rng.integers(2, 40)),
    }
    return Happening(SUPPORT, "track", "Call Logged", account, person, at, properties)


def _chat(
    spans: LivedSpans, account: int, person: int, at: int, rng: np.random.Generator
) -> Happening:
    tag = _language(spans, account, rng)
    text = _one_of(texts.CHINESE_CHATS.get(tag, texts.CHATS), rng)
    said: dict[str, object] = {"text": text, "language": tag}
    return Happening(SUPPORT, "track", "Message Received", account, person, at, said)


def _language(spans: LivedSpans, account: int, rng: np.random.Generator) -> str:
    tag = LANGUAGE_TAGS.get(spans.block.companies.country_code(account), "en")
    return tag if rng.random() < 0.8 else "en"


def _one_of(lines: Sequence[str], rng: np.random.Generator) -> str:
    return lines[int(rng.integers(0, len(lines)))]
