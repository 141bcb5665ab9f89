"""Tags of mails that say what customers said, and what is to be learned next.

{% testimonial %}   {% testimonial feature: "reports" %}
{% lesson %}        {% lesson feature: "reports" %}   {% lesson name: "first_invoice" %}

Each comes to nothing where nothing may be said. `settings.TENURE_MAIL_TAGS` names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.base.home import Home
from tenure.content.audience import NOBODY, audiences
from tenure.content.blocks import told
from tenure.content.learn_link import Learner, lesson_path
from tenure.content.lesson_block import told_lesson
from tenure.content.lessons import lessons
from tenure.content.next_lesson import Chosen, next_lesson, why_not
from tenure.content.picking import Wanted, sayable
from tenure.content.pupils import pupil
from tenure.content.testimonials import MAIL
from tenure.kit.telling import Teller, Told
from tenure.messages.configuration import console_url
from tenure.messages.mail_tags import WhoReads


@dataclass(frozen=True, slots=True)
class TestimonialTag:
    """What a customer like the reader said."""

    asked: frozenset[str] = frozenset({"feature"})

    def teller(self, reader: WhoReads) -> Teller:
        def tell(said: Mapping[str, object]) -> Told | None:
            wanted = Wanted(
                MAIL,
                reader.language,
                audiences([reader.account_id]).get(reader.account_id, NOBODY),
                reader.person_id,
                str(said.get("feature") or ""),
            )
            found = sayable(reader.now).pick(wanted)
            return told(found[0], reader.language, _zone()) if found else None

        return tell


@dataclass(frozen=True, slots=True)
class LessonTag:
    """What the reader may learn next; the one that is named, unless they have finished it."""

    asked: frozenset[str] = frozenset({"name", "feature", "craft"})

    def teller(self, reader: WhoReads) -> Teller:
        def tell(said: Mapping[str, object]) -> Told | None:
            chosen = _chosen(reader, said)
            if chosen is None:
                return None
            learner = Learner(reader.person_id, reader.account_id)
            link = console_url(_home()) + lesson_path(chosen.lesson.name, learner)
            return told_lesson(chosen.lesson, reader.language, link, _zone())

        return tell


TESTIMONIAL, LESSON = TestimonialTag(), LessonTag()


def _chosen(reader: WhoReads, said: Mapping[str, object]) -> Chosen | None:
    held, them = lessons(), pupil(reader.account_id, reader.language, reader.person_id)
    if name := str(said.get("name") or ""):
        lesson = held.get(name)
        if lesson is None or why_not(lesson, them, reader.now):
            return None
        return Chosen(lesson)
    return next_lesson(
        held, them, reader.now,
        feature=str(said.get("feature") or ""), craft=str(said.get("craft") or ""),
    )  # fmt: skip


def _home() -> Home:
    return settings.TENURE_HOME


def _zone() -> ZoneInfo:
    return ZoneInfo(_home().company.time_zone)
