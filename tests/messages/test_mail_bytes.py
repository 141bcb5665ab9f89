"""A mail as its reader's program sees it, parsed back by the standard library."""

import email
from datetime import UTC, datetime
from email import policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.messages.ledger import checked_address, new_message
from tenure.messages.mail_id import mail_id
from tenure.messages.mime import mail_bytes

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
SENDER = "Tenure <tenure@example.com>"
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


def message(subject="News", text="Hello\n", html="", to="ann@example.org", key="k"):
    return new_message(
        key=key, purpose="digest", channel="mail", recipient=to, now=NOON,
        subject=subject, text=text, html=html,
    )  # fmt: skip


def parsed(one, sender=SENDER, reply_to=""):
    return email.message_from_bytes(mail_bytes(one, sender, reply_to, NOON), policy=policy.default)


def body(part) -> str:
    return part.get_content().replace("\r\n", "\n").rstrip("\n")


def test_a_mail_has_what_every_mail_needs():
    mail = parsed(message(html="<p>Hello</p>"), reply_to="help@example.com")

    assert mail["From"] == SENDER
    assert mail["To"] == "ann@example.org"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Subject"] == "News"
    assert mail["Date"].datetime == NOON
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert not mail.defects


@pytest.mark.parametrize(
    "subject",
    [
        "北风公司有 3 条新信号：有人打开了取消页面",
        "北風公司與其他 12 個客戶需要有人處理，請查看詳情" * 4,
        "Café · é",
        "=?utf-8?q?x?=",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject):
    assert parsed(message(subject))["Subject"] == subject


@settings(max_examples=150, deadline=None)
@given(PRINTABLE, PRINTABLE, PRINTABLE)
def test_any_text_arrives_as_it_was_written(subject, text, html):
    mail = parsed(message(subject, text, f"<p>{html}</p>"))

    plain, rich = mail.iter_parts()
    assert " ".join(mail["Subject"].split()) == " ".join(subject.split())
    assert body(plain) == text.rstrip("\n")
    assert body(rich) == f"<p>{html}</p>"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_no_subject_can_add_a_header_or_end_the_head(subject):
    plain = parsed(message("News"))
    odd = parsed(message(subject))

    assert odd.keys() == plain.keys()
    assert body(odd) == body(plain)


def test_no_line_is_longer_than_smtp_takes():
    one = message("信号" * 500, "字" * 5000 + "\n" + "x" * 5000, "<p>" + "y" * 9000 + "</p>")
    lines = mail_bytes(one, SENDER, "", NOON).split(b"\r\n")

    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.org", "a b@example.org", "ann@exa mple.org", "ann@example.org\r\nBcc: x@y",
     "ann@example.org,bob@example.org", "<ann@example.org>", "ann@example.org>", "müller@example.org",
     "a" * 65 + "@example.org", "ann@" + "a" * 254, "ann\0@example.org", "ann@-x\n"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InvalidInput, match="is no mail address"):
        checked_address(address)


@pytest.mark.parametrize(
    ("stated", "taken"),
    [
        (" Ann.O'Neil+x@Example.org ", "Ann.O'Neil+x@Example.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@under_score.example", "ann@under_score.example"),
    ],
)
def test_addresses_are_taken_as_smtp_takes_them(stated, taken):
    assert checked_address(stated) == taken


def test_the_message_id_is_of_the_key_and_of_when_it_was_meant():
    one, same, other = message(key="a"), message(key="a"), message(key="b")

    assert mail_id(one, "x.example") == mail_id(same, "x.example")
    assert mail_id(one, "x.example") != mail_id(other, "x.example")


def test_a_sender_with_a_chinese_name_or_a_comma():
    assert parsed(message(), "北风 <a@example.com>")["From"].addresses[0].display_name == "北风"
    comma = parsed(message(), '"Acme, Inc." <a@example.com>')["From"].addresses
    assert [(each.display_name, each.addr_spec) for each in comma] == [
        ("Acme, Inc.", "a@example.com")
    ]
