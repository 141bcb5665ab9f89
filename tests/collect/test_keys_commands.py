"""`tenure keys`: data on stdout, words on stderr."""

import json

import pytest
from click.testing import CliRunner

from tenure.base.errors import NotFound
from tenure.collect.keys_commands import keys
from tenure.collect.write_keys import load_active_keys

pytestmark = pytest.mark.django_db


def test_a_key_is_made_listed_and_revoked():
    run = CliRunner()

    made = run.invoke(keys, ["create", "Web app"], catch_exceptions=False)
    key = made.stdout.strip()
    [listed] = json.loads(run.invoke(keys, ["list", "--format", "json"]).stdout)
    active = load_active_keys()
    revoked = run.invoke(keys, ["revoke", key], catch_exceptions=False)

    assert made.stderr == "It writes to the source web-app.\n"
    assert (listed["key"], listed["source"], listed["revoked_at"]) == (key, "web-app", None)
    assert active == {key: "web-app"}
    assert (revoked.stdout, load_active_keys()) == ("", {})
    assert key in revoked.stderr


def test_revoking_an_unknown_key_says_how_to_find_the_right_one():
    refused = CliRunner().invoke(keys, ["revoke", "wk_nobody"])

    assert isinstance(refused.exception, NotFound)
    assert "tenure keys list" in refused.exception.message
