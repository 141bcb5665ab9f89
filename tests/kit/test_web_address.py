"""What an address on the web is; what only looks like one is said to be none, and crashes nobody."""

import pytest

from tenure.base.errors import BadDefinition
from tenure.kit.web_address import web_address
from tenure.messages.configuration import console_url, webhook_settings
from tenure.plays.configuration import app_url

BROKEN = "http://[::1"


@pytest.mark.parametrize("text", ["", "app.example.com", "ftp://a.example", "https://", BROKEN,
                                  "https://a.example:port", "https://a.example:99999"])  # fmt: skip
def test_what_has_no_host_or_a_port_that_is_none_is_no_address(text):
    assert web_address(text) is None


@pytest.mark.parametrize(
    "text", ["http://a.example", "https://a.example:8443/x?y", "https://[::1]/"]
)
def test_an_address_is_taken_apart(text):
    assert web_address(text).hostname in ("a.example", "::1")


@pytest.mark.parametrize(
    ("section", "ask"),
    [
        (f'[plays]\napp_url = "{BROKEN}"', app_url),
        (f'[console]\nurl = "{BROKEN}"', console_url),
        (f'[webhook]\nurl = "{BROKEN}"', lambda home: webhook_settings(home, {})),
    ],
)
def test_a_setting_that_is_none_is_refused_with_its_name(home, section, ask):
    home.settings_file.write_text(section)
    with pytest.raises(BadDefinition, match="url: .*is no address") as refused:
        ask(home)
    assert refused.value.status == 422
