"""A folder of files as one text, and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import BadDefinition
from tenure.definitions.folder_text import pack, unpack

FILES = {"b.en.md": "Hello\n", "play.toml": 'title = "A"\n', "a.en.md": "One\n\nTwo\n"}


def test_a_folder_reads_as_one_text_with_the_main_file_first() -> None:
    assert pack(FILES, "play.toml", "plays/a") == (
        '=== play.toml\ntitle = "A"\n=== a.en.md\nOne\n\nTwo\n=== b.en.md\nHello\n'
    )


_LINES = st.text(st.characters(exclude_characters="\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"))


@given(st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True), _LINES))
@settings(max_examples=150, deadline=None)
def test_what_was_packed_is_unpacked(files: dict[str, str]) -> None:
    whole = {"play.toml": "title = 1", **files}
    if any(line.startswith("=== ") for text in whole.values() for line in text.splitlines()):
        return
    held = unpack(pack(whole, "play.toml", "plays/a"), "plays/a")
    assert held == {
        name: text if text.endswith("\n") or not text else text + "\n"
        for name, text in whole.items()
    }


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.md": ""}, "there is no play.toml"),
        ({"play.toml": "", "../a": ""}, "in names of files"),
        ({"play.toml": "a\n=== b\n"}, "line 2 begins with '==='"),
        ({"play.toml": "x" * 2_000_001}, "keep to 2000000"),
    ],
)
def test_what_could_not_be_taken_apart_again_is_refused(
    files: dict[str, str], message: str
) -> None:
    with pytest.raises(BadDefinition) as refused:
        pack(files, "play.toml", "plays/a")
    assert message in refused.value.message


@pytest.mark.parametrize("text", ["title", "=== a.md\n=== a.md\n", "=== ../a\n"])
def test_a_text_that_is_no_folder_is_refused(text: str) -> None:
    with pytest.raises(BadDefinition) as refused:
        unpack(text, "plays/a")
    assert "line " in refused.value.message
