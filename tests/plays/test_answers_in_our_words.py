"""The task for an answer that no play waits for: in which language, and of which day."""

from datetime import timedelta

import pytest
from test_plays_lived import FILES, PLAY, begin, declare

from customers.arriving import NOW
from tenure.messages.mailbox.models import MailReply
from tenure.messages.models import Message
from tenure.plays.answered import take_up_answers
from tenure.plays.models import PlaySwitch
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db


def answered(home, key: str) -> Task:
    """At ten in the evening in London, when it is the next morning in Tokyo."""
    mail = Message.objects.create(
        key=key, play="reports", subject="Reports", intended_at=NOW, next_at=NOW
    )
    MailReply.objects.create(
        key=key, message=mail, words="Thanks", at=NOW.replace(hour=22), heard_at=NOW
    )
    assert take_up_answers(home, NOW + timedelta(hours=2)) == 1
    return Task.objects.get(key__endswith=key)


def test_it_speaks_as_the_plays_own_tasks_do_and_says_the_companys_day(home) -> None:
    home.settings_file.write_text('[company]\ntime_zone = "Asia/Tokyo"\n', "utf-8")
    chinese = PLAY.replace('["en", "zh-hans"]', '["zh-hans", "en"]')
    declare({**FILES, "play.toml": chinese})
    begin(home)
    task = answered(home, "one")
    assert task.title == "对方回复了“Reports”"
    assert f"{NOW.date() + timedelta(days=1)}" in task.because["text"]
    PlaySwitch.objects.update(is_on=False)
    assert answered(home, "two").title == "They answered “Reports”"
