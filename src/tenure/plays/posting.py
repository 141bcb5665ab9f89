"""What plays post to Slack: to whom of ours, with what the card says and a way to the account."""

from dataclasses import replace
from datetime import datetime

import msgspec

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.kit.liquid import LiquidTemplate, TemplateFailed, read_liquid
from tenure.messages.configuration import console_url
from tenure.messages.mail_names import Declared, check_text
from tenure.messages.models import Channel, Message, Status
from tenure.messages.origin import data_digest
from tenure.messages.slack import slack_body
from tenure.messages.writing import link
from tenure.plays.configuration import app_url, signed_by
from tenure.plays.doing import Doing
from tenure.plays.ledger_rows import ended_row, held_row
from tenure.plays.mail_reading import words_of
from tenure.plays.mail_values import values_for, values_named
from tenure.plays.parts import Call, Play
from tenure.plays.recipients import Recipient


def check_posts(play: Play) -> None:
    """Raises BadDefinition for a post that could not be written."""
    for step in play.steps:
        if isinstance(step.act, Call) and step.act.text:
            slack_text(play, step.act)


def slack_text(play: Play, call: Call) -> LiquidTemplate:
    """What a step posts to Slack. Raises BadDefinition."""
    where = f"plays/{play.name}/play.toml: slack.text"
    template = read_liquid(call.text, where)
    names, _ = words_of(play)
    sure = {("account", "name"), ("account", "account_id")}  # one without a name has an id
    check_text(
        template,
        replace(names, is_always=lambda path: path in sure or names.is_always(path)),
        Declared(),
    )
    return template


def slack_post(home: Home, each: Doing, call: Call, now: datetime) -> Message:
    """The post to Slack of one effect, with what the card says and a way to the account."""
    nobody = Recipient(each.person_id, "", {})
    name = each.subject.account_name or each.account_id or each.person_id
    known = values_for(
        each.subject,
        nobody,
        app_url=app_url(home),
        choices_url="",
        signed_by=signed_by(home),
        because=each.row.because,
    )
    values = {**known, "account": {**known["account"], "name": name}}
    key, base = each.effect.key, console_url(home)
    try:
        template = slack_text(each.play, call)
        marked = template.marked(values)
    except (TemplateFailed, BadDefinition) as error:
        return ended_row(
            each, key=key, channel=Channel.SLACK, now=now, status=Status.FAILED,
            because={"code": "template"}, why=error.message, recipient=call.to, topic="",
        )  # fmt: skip
    fields = [(name, _in_words(each.subject.value(name))) for name in call.columns]
    button = (name, link(base, "account", each.account_id)) if each.account_id else None
    message = held_row(
        each,
        key=key,
        channel=Channel.SLACK,
        now=now,
        recipient=call.to,
        payload=slack_body(marked, fields=fields, button=button),
        topic="",
    )
    message.values_used = values_named([template], values)
    message.data_digest = data_digest(message.values_used)
    return message


def _in_words(value: object) -> str:
    return "–" if value is None else str(msgspec.to_builtins(value, enc_hook=str))
