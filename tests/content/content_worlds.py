"""Customers and their words, drawn as text."""

from datetime import UTC, datetime
from typing import Any

from tenure.card.models import AccountCard
from tenure.content.models import Standing, Testimonial
from tenure.content.picking import Wanted
from tenure.content.testimonials import MAIL, OPERATOR, SITE, Said, agree, keep, moderate, tag
from tenure.customers.models import Account, Person
from tenure.segments.models import SegmentMember

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def accounts(drawn: str) -> None:
    """One account a line: `acme industry=law plan=Pro people=8 stage=active segment=big`."""
    for line in drawn.strip().splitlines():
        id, *pairs = line.split()
        said = dict(pair.split("=") for pair in pairs)
        traits = {name: said[name] for name in ("industry", "rivals") if name in said}
        Account.objects.create(
            account_id=id, name=id.title(), domain=f"{id}.test", traits=traits, created_at=NOW,
            first_seen_at=NOW,
        )  # fmt: skip
        AccountCard.objects.create(
            account_id=id, name=id.title(), status="paying", plan=said.get("plan", ""),
            people=int(said.get("people", 0)), values={"stage": said.get("stage", "active")},
            created_at=NOW,
        )  # fmt: skip
        if "segment" in said:
            SegmentMember.objects.create(
                segment=said["segment"], over="account", subject_id=id, entered_at=NOW,
                entered_because="change", entered_digest="",
            )  # fmt: skip


def person(id: str, **more: Any) -> Person:
    return Person.objects.create(
        person_id=id, name=id.title(), email=f"{id}@acme.test", created_at=NOW, first_seen_at=NOW,
        **more,
    )  # fmt: skip


def said_by(account: str, words: str = "It works.", **tags: Any) -> Testimonial:
    """Words of somebody there, approved, with consent for both places."""
    more = {name: tags.pop(name) for name in ("person_id", "company", "who") if name in tags}
    language = tags.pop("language", "en")
    made = keep(Said(words, language, NOW, account_id=account, **more), now=NOW, by="themselves")
    agree(made, [MAIL, SITE], how=OPERATOR, by="ada", now=NOW, evidence="mail of 2026-05-01")
    moderate(made, Standing.APPROVED, by="ada", now=NOW)
    return tag(made, NOW, **tags) if tags else made


def wanted(place: str = MAIL, language: str = "en", **more: Any) -> Wanted:
    return Wanted(place, language, **more)
