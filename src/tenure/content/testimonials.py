"""Every way in which words come in, are looked at, and are taken back.

Nothing is shown before somebody of ours looked at it, and nothing without consent: for words that
were said to us it is theirs; for public ones it is that they stand in public, and they are shown
with their source and date. What was agreed is a row that stays, and the last one holds.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.base.ids import digest, fresh_id
from tenure.content.models import ConsentWord, Origin, Standing, Testimonial
from tenure.kit.near_language import as_written
from tenure.kit.typed_texts import typed_text
from tenure.kit.web_address import web_address

MAIL, SITE = "mail", "site"
PLACES = (MAIL, SITE)
PRODUCT = "product"  # nobody is asked for it: what anybody may read on the site may stand there
PAGE, OPERATOR, PUBLIC = "page", "operator", "public"
WORDS_MOST, NAME_MOST, LINK_MOST, TAGS_MOST = 5000, 200, 1000, 50
GAP = "…"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
TAGS = ("features", "segments", "plans", "stages", "kept_from")
_AHEAD = timedelta(days=1)  # of clocks elsewhere
_GAPS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, and how they want to be named. Public words have a source."""

    words: str
    language: str
    said_at: datetime
    who: str = ""
    role: str = ""
    company: str = ""
    person_id: str = ""
    account_id: str = ""
    origin: str = Origin.ASKED
    source_name: str = ""
    source_url: str = ""


@transaction.atomic
def keep(said: Said, *, now: datetime, by: str) -> Testimonial:
    """The words as they are kept, waiting to be looked at. Public ones that came before stay as
    they are.

    Raises InvalidInput, with the field, for what cannot be kept.
    """
    said = checked(said, now)
    fields = {name: getattr(said, name) for name in Said.__dataclass_fields__}
    fields |= {"key": fresh_id("said"), "kept_at": now, "kept_by": by, "changed_at": now}
    if said.origin == Origin.ASKED:
        return Testimonial.objects.create(**fields)
    source_key = digest("said", said.source_url, said.words)
    # Two may take in the same at once: one is the first, and the other finds it.
    made, is_new = Testimonial.objects.get_or_create(source_key=source_key, defaults=fields)
    if is_new:
        evidence = f"public: {said.source_url}"
        agree(made, PLACES, how=PUBLIC, by=by, now=now, evidence=evidence)
    return made


def checked(said: Said, now: datetime) -> Said:
    """The same, without what cannot be seen. Raises InvalidInput."""
    words = typed_text("words", said.words, WORDS_MOST, has_lines=True)
    if not words:
        raise InvalidInput("words: nothing was said; write at least one sentence", field="words")
    language = as_written(said.language)
    if not LANGUAGE.fullmatch(language):
        raise InvalidInput(
            f"language: {said.language[:40]!r} is none; write en, de or zh-hans", field="language"
        )
    if said.said_at > now + _AHEAD:
        raise InvalidInput(
            f"said_at: {said.said_at:%Y-%m-%d} is still to come; give the day it was said",
            field="said_at",
        )
    if said.origin not in Origin.values:
        raise InvalidInput(
            f"origin: {said.origin!r}; use {', '.join(Origin.values)}", field="origin"
        )
    url = typed_text("source_url", said.source_url, LINK_MOST)
    if said.origin != Origin.ASKED or url:
        _check_link(url)
    names = {
        name: typed_text(name, getattr(said, name), NAME_MOST)
        for name in ("who", "role", "company", "source_name")
    }
    if said.origin != Origin.ASKED and not names["source_name"]:
        names["source_name"] = urlsplit(url).hostname or ""
    return Said(
        words, language, said.said_at, person_id=said.person_id, account_id=said.account_id,
        origin=said.origin, source_url=url, **names,
    )  # fmt: skip


@transaction.atomic
def agree(  # noqa: PLR0913
    testimonial: Testimonial, scope: Iterable[str], *,
    how: str, by: str, now: datetime, evidence: str = "",
) -> Testimonial:  # fmt: skip
    """What they agreed to holds from now on; an earlier word does no more. An empty scope is no
    consent, and takes back the one before.

    Raises InvalidInput for a place that there is not, and for an operator without evidence.
    """
    wanted = [place for place in PLACES if place in set(scope)]
    if unknown := set(scope) - set(PLACES):
        raise InvalidInput(
            f"scope: there is no {sorted(unknown)[0]!r}; use {', '.join(PLACES)}", field="scope"
        )
    if how == OPERATOR and wanted and not evidence.strip():
        raise InvalidInput(
            "evidence: say how they agreed: a mail of which day, a contract", field="evidence"
        )
    if not wanted:
        return withdraw(testimonial, how=how, by=by, now=now, evidence=evidence)
    ConsentWord.objects.create(
        testimonial=testimonial, is_granted=True, scope=wanted, how=how, by=by,
        evidence=evidence.strip()[:WORDS_MOST], said_at=now,
    )  # fmt: skip
    before = testimonial.scope
    _change(testimonial, now, scope=wanted, consented_at=now, withdrawn_at=None)
    if gone := [place for place in before if place not in wanted]:
        _take_out_of_mails(testimonial, now, gone)
    return testimonial


@transaction.atomic
def withdraw(
    testimonial: Testimonial, *, how: str, by: str, now: datetime, evidence: str = ""
) -> Testimonial:
    """The words are shown nowhere from now on: not on the site, not in a mail that still waits."""
    ConsentWord.objects.create(
        testimonial=testimonial, is_granted=False, how=how, by=by,
        evidence=evidence.strip()[:WORDS_MOST], said_at=now,
    )  # fmt: skip
    _change(testimonial, now, scope=[], withdrawn_at=now)
    _take_out_of_mails(testimonial, now)
    return testimonial


@transaction.atomic
def moderate(
    testimonial: Testimonial, standing: str, *, by: str, now: datetime, because: str = ""
) -> Testimonial:
    """What somebody of ours decided. To decline asks for a reason, because it must not be that the
    words are critical. Raises InvalidInput.
    """
    if standing not in Standing.values:
        raise InvalidInput(f"standing: {standing!r}; use {', '.join(Standing.values)}")
    because = typed_text("because", because, WORDS_MOST, has_lines=True)
    if standing == Standing.DECLINED and not because:
        raise InvalidInput("because: say why; that they are critical is no reason", field="because")
    _change(
        testimonial, now, standing=standing, moderated_at=now, moderated_by=by,
        moderated_because=because,
    )  # fmt: skip
    if standing != Standing.APPROVED:
        _take_out_of_mails(testimonial, now)
    return testimonial


def tag(testimonial: Testimonial, now: datetime, **tags: Sequence[str]) -> Testimonial:
    """The words with these tags instead: features, segments, plans, stages, kept_from.

    Raises InvalidInput.
    """
    for name, values in tags.items():
        if name not in TAGS:
            raise InvalidInput(f"{name}: there is no such tag; use {', '.join(TAGS)}", field=name)
        if len(values) > TAGS_MOST:
            raise InvalidInput(f"{name}: these are {len(values)}; keep to {TAGS_MOST}", field=name)
    plain = {
        name: list(dict.fromkeys(typed_text(name, each, NAME_MOST) for each in values if each))
        for name, values in tags.items()
    }
    return _change(testimonial, now, **plain)


@transaction.atomic
def shorten(testimonial: Testimonial, excerpt: str, now: datetime) -> Testimonial:
    """The words with what is shown of them; empty: all. Raises InvalidInput for a text that is not
    cut from them, in their order, with … where something is left out.
    """
    plain = typed_text("excerpt", excerpt, WORDS_MOST, has_lines=True)
    at, words = 0, " ".join(testimonial.words.split())
    for piece in filter(None, _GAPS.split(" ".join(plain.split()))):
        found = words.find(piece, at)
        if found < 0:
            raise InvalidInput(
                f"excerpt: {piece[:80]!r} is not what they said; cut it from their words, with "
                f"{GAP} where something is left out",
                field="excerpt",
            )
        at = found + len(piece)
    if plain == testimonial.words:
        plain = ""
    if testimonial.excerpt != plain:
        _take_out_of_mails(testimonial, now)
    return _change(testimonial, now, excerpt=plain)


def testimonial_of(key: str) -> Testimonial:
    """The one of that key. Raises NotFound."""
    found = Testimonial.objects.filter(key=key.replace("\0", "")).first()
    if found is None:
        raise NotFound(f"there is no testimonial {key[:80]!r}; `tenure content list` names them")
    return found


def _change(testimonial: Testimonial, now: datetime, **values: object) -> Testimonial:
    # The row may have gone: somebody was forgotten while a form was open.
    changes = {**values, "changed_at": now, "revision": F("revision") + 1}
    if not Testimonial.objects.filter(pk=testimonial.pk).update(**changes):
        raise Conflict("these words are not kept any more")
    testimonial.refresh_from_db()
    return testimonial


def _take_out_of_mails(
    testimonial: Testimonial, now: datetime, places: Sequence[str] = PLACES
) -> None:
    """Whoever keeps messages that wait is told in the same transaction; `places` are those in
    which they may be said no more."""
    for path in settings.TENURE_WITHDRAWAL_LISTENERS:
        module, _, name = path.partition(":")
        getattr(import_module(module), name)(testimonial.key, now, places)


def _check_link(url: str) -> None:
    if web_address(url) is None:
        raise InvalidInput(
            f"source_url: {url[:80]!r} is no address; give the one of the review or post",
            field="source_url",
        )
