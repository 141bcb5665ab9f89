"""Posts to Slack over a real socket: what is in them, where they go, and what waits."""

import json
from datetime import timedelta

import pytest
from message_worlds import NOON, intended, status_of
from test_webhook import hook

from tenure.base.errors import BadDefinition
from tenure.kit.liquid import read_liquid
from tenure.messages.models import Message
from tenure.messages.readiness import ways_out
from tenure.messages.sending import send_due
from tenure.messages.slack import Slack, slack_body, slack_settings
from tenure.messages.transports import configured_transports

pytestmark = pytest.mark.django_db(transaction=True)


def body_for(text: str, name: str = "Acme", **more) -> dict:
    return slack_body(read_liquid(text, "slack").marked({"account": {"name": name}}), **more)


def configured(home, text: str) -> None:
    home.settings_file.write_text(text)


def intend_post(to: str = "sales", **payload) -> Message:
    return intended("", key=to, channel="slack", recipient=to, payload=payload)


def test_a_post_arrives_at_the_place_that_was_named_as_slack_wants_it(home) -> None:
    with hook((200, {})) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0"
        configured(home, f'[slack]\nsales = "{url}"\n')
        intend_post(**body_for("*{{ account.name }}* is near its limit"))
        sent = send_due(NOON, configured_transports(home, lambda: NOON))
    assert (sent.counts, status_of("sales")) == ({"sent": 1}, "sent")
    [(path, body)] = server.bodies
    assert path == "/services/T0/B0"
    assert body == {
        "text": "*Acme* is near its limit",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Acme* is near its limit"}}
        ],
    }


def test_no_name_of_a_customer_makes_a_link_a_mention_or_ends_an_emphasis() -> None:
    body = body_for(
        "*{{ account.name }}* & <https://app.example.com|the app>",
        "<!channel> & <https://evil.example|you> *",
        fields=[("plan", "<@U1>")],
        button=("A|B <c>", "https://console.example/accounts/a|b>c?x=1&y=2"),
    )
    [said, fields, button] = [block.get("text") or block["fields"][0] for block in body["blocks"]]
    assert said["text"] == (
        "*&lt;!channel&gt; &amp; &lt;https://evil.example|you&gt; ∗*"
        " & <https://app.example.com|the app>"
    )
    assert fields["text"] == "*plan*\n&lt;@U1&gt;"
    assert button["text"] == (
        "<https://console.example/accounts/a%7Cb%3Ec?x=1&amp;y=2|A¦B &lt;c&gt;>"
    )


def test_what_slack_would_refuse_for_its_length_is_cut() -> None:
    columns = [(f"column_{n}", "x" * 3_000) for n in range(25)]
    body = body_for("{{ account.name }}", "y" * 9_000, fields=columns)
    sections = [block["fields"] for block in body["blocks"][1:]]
    assert [len(each) for each in sections] == [10, 10, 5]
    assert max(len(field["text"]) for each in sections for field in each) <= 2_000
    assert len(body["text"]) <= 3_000 and len(body["blocks"][0]["text"]["text"]) <= 3_000
    assert len(json.dumps(body)) < 100_000


def test_a_place_that_nobody_named_waits_and_the_others_do_not(home) -> None:
    with hook((200, {})) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        intend_post("sales", text="a")
        intend_post("success", text="b")
        slack = Slack(slack_settings(home, {"TENURE_SLACK_SUCCESS": url}), lambda: NOON)
        send_due(NOON, {"slack": slack})
        assert (status_of("sales"), status_of("success")) == ("ready", "sent")
        assert "nothing is called 'sales' in [slack]" in Message.objects.get(key="sales").why
        server.answers.append((200, {}))
        slack = Slack(slack_settings(home, {"TENURE_SLACK_SALES": url}), lambda: NOON)
        send_due(NOON + timedelta(minutes=2), {"slack": slack})
    assert status_of("sales") == "sent"


def test_a_lost_answer_is_unsure_and_a_limit_is_waited_for(home) -> None:
    with hook(None, (429, {"Retry-After": "60"})) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        intend_post("a", text="a")
        intend_post("b", text="b")
        places = slack_settings(home, {"TENURE_SLACK_A": url, "TENURE_SLACK_B": url})
        send_due(NOON, {"slack": Slack(places, lambda: NOON)})
    waits = Message.objects.get(key="b")
    assert (status_of("a"), waits.status) == ("unknown", "ready")
    assert waits.next_at >= NOON + timedelta(seconds=60)


def test_who_looks_is_told_what_waits_and_for_which_name(home) -> None:
    assert len(ways_out(home)) == 2  # nobody asked for Slack
    intend_post(text="a")
    assert "1 message waits" in ways_out(home)[2].sentence
    configured(home, '[slack]\nsales = "https://hooks.slack.com/services/T0/B0/XYZ"\n')
    [way] = ways_out(home)[2:]
    assert way.is_open and "sales" in way.sentence
    assert "XYZ" not in way.sentence and "XYZ" not in repr(slack_settings(home))


@pytest.mark.parametrize("line", ['"Sa les" = "https://x.example"', 'sales = "hooks.slack.com"'])
def test_a_mistake_in_the_configuration_is_named(home, line) -> None:
    configured(home, f"[slack]\n{line}\n")
    with pytest.raises(BadDefinition, match=r"tenure\.toml: slack\.") as refused:
        slack_settings(home, {})
    assert not ways_out(home)[2].is_open and refused.value.status == 422
