"""Tags of mails, and of what is shown in the product: what customers said, what is to be learned.

{% testimonial %}   {% testimonial feature: "reports" %}
{% ask %}           {% ask feature: "reports" %}
{% lesson %}        {% lesson feature: "reports" %}   {% lesson name: "first_invoice" %}

Each comes to nothing where nothing may be said. `settings.TENURE_MAIL_TAGS` names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from tenure.base.home import Home
from tenure.content.asks import PATH, personal_path
from tenure.content.audience import NOBODY, audiences
from tenure.content.blocks import told
from tenure.content.learn_link import Learner, lesson_path
from tenure.content.lesson_block import told_lesson
from tenure.content.lessons import lessons
from tenure.content.next_lesson import Chosen, next_lesson, why_not
from tenure.content.picking import Wanted, sayable
from tenure.content.pupils import pupil
from tenure.content.testimonials import MAIL, PRODUCT
from tenure.kit.telling import Teller, Told
from tenure.messages.asking import refuses
from tenure.messages.configuration import console_url
from tenure.messages.mail_tags import InProduct, WhoReads, is_example

EXAMPLE = "example-link-of-a-preview"  # no token: its page says that it is none of ours


@dataclass(frozen=True, slots=True)
class TestimonialTag:
    """What a customer like the reader said."""

    asked: frozenset[str] = frozenset({"feature"})

    def teller(self, reader: WhoReads) -> Teller:
        def tell(said: Mapping[str, object]) -> Told | None:
            wanted = Wanted(
                PRODUCT if isinstance(reader, InProduct) else MAIL,
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
            path = lesson_path(chosen.lesson.name, None if is_example(reader) else learner)
            link = console_url(_home()) + path
            link += f"?language={chosen.lesson.language_for(reader.language)}"
            return told_lesson(chosen.lesson, reader.language, link, _zone())

        return tell


@dataclass(frozen=True, slots=True)
class AskTag:
    """A link to the page on which the reader may say something about us: the same for everybody,
    and nothing for who does not want to be asked."""

    asked: frozenset[str] = frozenset({"feature"})

    def teller(self, reader: WhoReads) -> Teller:
        def tell(said: Mapping[str, object]) -> Told | None:
            if not reader.person_id or refuses(reader.person_id):
                return None
            feature = str(said.get("feature") or "")
            path = personal_path(reader.account_id, reader.person_id, feature)
            if is_example(reader):
                path = f"{PATH}{EXAMPLE}"
            link = f"{console_url(_home())}{path}?language={reader.language}"
            with translation.override(reader.language):
                words = _("Say it in your own words")
            shown = f'<p><a href="{escape(link)}"><strong>{escape(words)}</strong></a></p>'
            return Told(f"{words}: {link}", shown)

        return tell


TESTIMONIAL, LESSON, ASK = TestimonialTag(), LessonTag(), AskTag()


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
