"""Every text of the interface is there in both Chinese scripts, and the compiled files are of now."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import tenure

PACKAGE = Path(tenure.__file__).parent
LOCALES = ["zh_Hans", "zh_Hant"]
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext"}
TRANSLATE = re.compile(
    r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')(?:\s+context\s+["']([^"']+)["'])?"""
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def catalogue(locale: str):
    with (PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str):
    return [message for message in catalogue(locale) if message.id]


def first(value: str | tuple[str, ...] | list[str]) -> str:
    return value if isinstance(value, str) else value[0]


def named(message) -> tuple[str, str]:
    """The context, empty where there is none, and the text: what a translation is found by."""
    context = message.context or ""  # Babel reads it from a compiled file as bytes
    return context.decode() if isinstance(context, bytes) else context, first(message.id)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_message_is_without_a_translation_or_a_guess(locale):
    found = messages(locale)

    assert len(found) > 400
    assert [one.id for one in found if not first(one.string or "") or one.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_file_says_what_the_text_file_says(locale):
    with (PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = {named(one): first(one.string) for one in read_mo(file) if one.id}

    expected = {named(one): first(one.string) for one in messages(locale)}
    assert compiled == expected


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_keep_every_placeholder(locale):
    wrong = []
    for message in messages(locale):
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        known = {name for source in sources for name in PLACEHOLDER.findall(source)}
        said = set(PLACEHOLDER.findall(first(message.string)))
        if said - known or (known - said) - {"n"}:
            wrong.append((message.id, message.string))
    assert wrong == []


def test_the_catalogues_hold_every_text_of_the_code_and_the_templates():
    wanted = set()
    for file in PACKAGE.rglob("*.html"):
        text = file.read_text("utf-8")
        wanted |= {(context, a or b) for a, b, context in TRANSLATE.findall(text)}
    for file in PACKAGE.rglob("*.py"):
        wanted |= marked_in(ast.parse(file.read_text("utf-8")))

    for locale in LOCALES:
        known = {
            (one.context or "", text)
            for one in messages(locale)
            for text in (one.id if isinstance(one.id, tuple) else (one.id,))
        }
        assert sorted(wanted - known) == [], f"run makemessages and translate into {locale}"


def marked_in(tree: ast.AST) -> set[tuple[str, str]]:
    """Contexts and texts in calls of gettext's functions; what is put together at run time is not
    text.
    """
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if node.func.id in FUNCTIONS and texts and isinstance(texts[0], str):
            found.add(("", texts[0]))
        if node.func.id in IN_CONTEXT and len(texts) >= 2:
            found.add((texts[0], texts[1]))
    return found
