"""A lesson as it stands in a mail and in plain text: its title, what it is about, when it is."""

import html
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import ngettext

from tenure.content.lesson_file import Lesson
from tenure.kit.telling import Told


def told_lesson(lesson: Lesson, language: str, link: str, zone: ZoneInfo) -> Told:
    """The lesson for a mail in this language, with the reader's own link."""
    spoken = lesson.language_for(language) or lesson.languages[0]
    title, summary = lesson.title[spoken], lesson.summary.get(spoken, "")
    with translation.override(language):
        when = about_its_time(lesson, zone)
    text = "\n".join(part for part in (title, summary, when, link) if part)
    parts = [f'<a href="{html.escape(link)}"><strong>{html.escape(title)}</strong></a>']
    parts += [html.escape(part) for part in (summary,) if part]
    parts += [
        f'<span class="muted" style="font-size:13px;color:#666c7a;">{html.escape(part)}</span>'
        for part in (when,)
        if part
    ]
    opened = f'<p class="text" data-lesson="{lesson.name}" lang="{spoken}" '
    return Told(text, f'{opened}style="margin:0 0 16px;color:#262a35;">{"<br>".join(parts)}</p>')


def about_its_time(lesson: Lesson, zone: ZoneInfo) -> str:
    """How long it takes, or when a webinar is; empty where nobody said."""
    if lesson.starts_at is not None:
        local = lesson.starts_at.astimezone(zone)
        return f"{date_format(local, 'DATETIME_FORMAT')} ({zone.key})"
    if lesson.parts:
        count = len(lesson.parts)
        return ngettext("%(n)s part", "%(n)s parts", count) % {"n": count}
    if not lesson.minutes:
        return ""
    return ngettext("About %(n)s minute", "About %(n)s minutes", lesson.minutes) % {
        "n": lesson.minutes
    }
