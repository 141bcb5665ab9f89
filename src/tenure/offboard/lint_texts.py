"""What in a flow's words keeps somebody from leaving, or is missing in one of its languages."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tenure.offboard.flow_parts import DIRECT, Flow, Texts
from tenure.offboard.flow_words import WORDS, is_spoken, named_values
from tenure.offboard.lint_findings import Finding, by_rule
from tenure.offboard.lint_phrases import found, found_in, is_seen

LABEL_LONGEST, TITLE_LONGEST = 40, 120
_WAYS_OUT = ("leave", "leave_now")
_BUTTONS = ("keep", "next", "back", "send", "return")


def findings_of_texts(flow: Flow) -> list[Finding]:
    """Everything that the words of a flow have against them."""
    return [
        *_missing(flow),
        *_misleading(flow),
        *_labels(flow),
        *_on_confirmation(flow),
        *_placeholders(flow),
        *_long(flow),
    ]


def texts_of(flow: Flow) -> dict[str, Texts]:
    """Every text that the operator wrote, by its place in the file."""
    named = {
        "why.question": flow.why.question,
        "value.title": flow.value.title,
        "value.stops_working": flow.value.stops_working,
        "offers.title": flow.offers.title,
        "confirm.title": flow.confirm.title,
        "confirm.text": flow.confirm.text,
        "confirm.button": flow.confirm.button,
        "left.text": flow.left.text,
        "human.text": flow.human.text,
    } | {f"words.{key}": texts for key, texts in flow.words.items()}
    return {place: texts for place, texts in named.items() if texts}


def _missing(flow: Flow) -> Iterator[Finding]:
    for place, texts in _wanted(flow).items():
        for language in flow.languages:
            if language not in texts:
                message = _("there is no text in %(language)s; write it") % {"language": language}
                yield Finding("missing_text", f"{place}.{language}", message, "", True)
    for place, texts in texts_of(flow).items():
        for language in texts:
            if language not in flow.languages:
                message = _(
                    "%(language)s is none of the flow's languages; add it, or take this out"
                )
                said = message % {"language": language}
                yield Finding("unused_text", f"{place}.{language}", said, "", False)


def _wanted(flow: Flow) -> dict[str, Texts]:
    """What must be there in every language: what is written in one, and what Tenure cannot say."""
    wanted = dict(texts_of(flow))
    for language in flow.languages:
        if not is_spoken(language):
            for key in WORDS:
                wanted.setdefault(f"words.{key}", _spoken_by_tenure(flow))
    for number, reason in enumerate(flow.why.reasons, 1):
        wanted[f"why.reasons[{number}]"] = reason.title
    return wanted


def _spoken_by_tenure(flow: Flow) -> Texts:
    return {language: "-" for language in flow.languages if is_spoken(language)}


def _misleading(flow: Flow) -> Iterator[Finding]:
    messages = {
        "guilt": _("%(words)r plays on feelings; say plainly what ends, and what is on offer"),
        "pressure": _("%(words)r hurries somebody who is deciding; take it out"),
        "loaded_choice": _("%(words)r makes a choice sound foolish; name what the button does"),
        "support_instead": _("%(words)r sends somebody elsewhere to cancel; this page does it"),
    }  # fmt: skip
    for place, texts in texts_of(flow).items():
        for language, text in texts.items():
            for code, message in messages.items():
                if code == "loaded_choice" and not _is_label(place):
                    continue
                if words := found(code, text):
                    said = message % {"words": words}
                    yield from by_rule(flow, code, f"{place}.{language}", said)


def _is_label(place: str) -> bool:
    return place == "confirm.button" or place.removeprefix("words.") in (*_WAYS_OUT, *_BUTTONS)


def _labels(flow: Flow) -> Iterator[Finding]:
    """Of what ends the contract: it must say so, be seen, and be no longer than it needs."""
    ways_out = {f"words.{key}": flow.words.get(key, {}) for key in _WAYS_OUT}
    for place, texts in (ways_out | {"confirm.button": flow.confirm.button}).items():
        for language, text in texts.items():
            at = f"{place}.{language}"
            if not is_seen(text):
                message = _("nothing of this label is seen; write what the button does")
                yield from by_rule(flow, "hidden_cancel", at, message)
            elif not _is_clear(text, language):
                message = _("%(label)r does not say that it cancels; write %(example)r") % {
                    "label": text,
                    "example": _EXAMPLES.get(language.partition("-")[0], "Cancel subscription"),
                }
                yield from by_rule(flow, "unclear_cancel_label", at, message)


_EXAMPLES = {"de": "jetzt kündigen", "zh": "取消订阅", "fr": "résilier", "es": "cancelar"}


def _is_clear(text: str, language: str) -> bool:
    if len(text) > LABEL_LONGEST or found("muddled_label", text):
        return False
    says = found_in("clear_label", language, text)
    return says if says is not None else True


def _on_confirmation(flow: Flow) -> Iterator[Finding]:
    if DIRECT not in flow.shapes:
        return
    texts = {"confirm.title": flow.confirm.title, "confirm.text": flow.confirm.text}
    for place, by_language in texts.items():
        for language, text in by_language.items():
            if words := found("offer", text):
                message = _("%(words)r is an offer, and the confirmation has none; take it out") % {
                    "words": words
                }
                yield from by_rule(flow, "offer_on_confirmation", f"{place}.{language}", message)
            elif place == "confirm.text" and "?" in text.replace("\uff1f", "?"):
                message = _("the confirmation asks nothing but what the law lists; take this out")
                at = f"{place}.{language}"
                yield from by_rule(flow, "question_on_confirmation", at, message)


def _placeholders(flow: Flow) -> Iterator[Finding]:
    for key, texts in flow.words.items():
        known = named_values(str(WORDS[key]))
        for language, text in texts.items():
            unknown = named_values(text) - known
            if unknown:
                message = _("%(name)s is no value of this word; use %(known)s") % {
                    "name": ", ".join(sorted(unknown)),
                    "known": ", ".join(sorted(known)) or _("none"),
                }
                yield Finding("unknown_value", f"words.{key}.{language}", message, "", True)
            elif known - named_values(text):
                message = _("the word lacks its value %(name)s; write it as %%(%(name)s)s") % {
                    "name": ", ".join(sorted(known - named_values(text)))
                }
                yield Finding("missing_value", f"words.{key}.{language}", message, "", True)


def _long(flow: Flow) -> Iterator[Finding]:
    titles = {"why.question", "value.title", "offers.title", "confirm.title"}
    for place, texts in texts_of(flow).items():
        for language, text in texts.items():
            if place in titles and len(text) > TITLE_LONGEST:
                message = _("a title of %(count)s characters is not read; keep to %(most)s") % {
                    "count": len(text),
                    "most": TITLE_LONGEST,
                }
                yield Finding("long_title", f"{place}.{language}", message, "", False)
