"""What is read out of mails as programs, servers and those who mean harm write them."""

import base64
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.messages.mailbox.arrived import Arrived, arrived, parsed
from tenure.messages.mailbox.imap import Raw
from tenure.messages.mailbox.marked_up import text_of_html
from tenure.messages.mailbox.own_part import own_part
from tenure.messages.mailbox.reading import UNREADABLE, meaning_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def read(text: str | bytes) -> Arrived | None:
    data = text if isinstance(text, bytes) else text.encode()
    mail = parsed(data)
    return arrived(mail, data) if mail is not None else None


def words(body: str, kind: str = "text/plain; charset=utf-8") -> str:
    return read(f"From: a@b.example\nContent-Type: {kind}\n\n{body}").words


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("Great.\n\nOn Sun, 22 Nov 2026 at 10:00, Fernhill <a@b.example>\nwrote:\n\n> Hi", "Great."),
        ("Prima.\n\nAm 22.11.2026 um 10:00 schrieb Fernhill:\n> Hallo\n> Wie war es?", "Prima."),
        ("很好。\n\n在 2026年11月22日 10:00，Fernhill 写道：\n> 你好", "很好。"),
        ("Yes.\n\n-----Original Message-----\nFrom: Fernhill\nSent: Sunday\n\nHello", "Yes."),
        ("Ja.\n\n________________________________\nVon: Fernhill <a@b.example>\nHallo", "Ja."),
        ("Thanks\n\nSent from my iPhone\n\nOn 22 Nov 2026, at 10:00, F wrote:\n> Hi", "Thanks"),
        ("Thanks\n-- \nAnn\nHead of things", "Thanks"),
        ("On Sunday, F wrote on 22 Nov:\n> How was it?\nGood.\n> And the rest?\nBad.", "Good.\nBad."),
        ("From: Fernhill <a@b.example>\nSent: Sunday\nHello, how was it?", ""),
        ("> Hello\n> How was it?", ""),
        ("Two things:\n\nfirst, and\nsecond", "Two things:\n\nfirst, and\nsecond"),
        ("My list:\n> not a quote of yours", "My list:"),
    ],
)  # fmt: skip
def test_only_what_they_wrote_themselves_counts(body, own):
    assert own_part(body) == own


@pytest.mark.parametrize(
    ("html", "own"),
    [
        ("<p>It <b>works</b> well.</p><p>Ann</p>", "It works well.\nAnn"),
        (
            '<div dir="ltr">Fine</div><div class="gmail_quote"><div>On Sun, 22 Nov, F '
            "&lt;a@b.example&gt; wrote:<br></div><blockquote>Hello<br>there</blockquote></div>",
            "Fine",
        ),
        (
            '<p>Fine</p><div id="divRplyFwdMsg"><b>From:</b> F<br>Sent: Sunday</div><p>Hello</p>',
            "Fine",
        ),
        ("<style>p{color:red}</style><p>Fine</p><script>evil()</script>", "Fine"),
        ("<blockquote>" * 5000 + "deep", ""),
        ("<p>Fine<![foo[x]]> so far</p><![if !lists]>, yes<![endif]>", "Fine so far\n, yes"),
        ('<p title="a > b">One</p><!-- <p>two</p> -->a &lt; b<br/>c < d', "One\na < b\nc < d"),
    ],
)
def test_of_a_mail_that_is_html_alone_the_same_words_are_read(html, own):
    assert own_part(text_of_html(html)) == own


def test_a_mail_is_read_in_whatever_it_is_written():
    gb = "很好用".encode("gb18030")
    assert words("=E4=BD=A0", "text/plain; charset=no-such-thing") == "=E4=BD=A0"
    head = b"From: a@b.example\nContent-Type: text/plain; charset=gb2312\n\n"
    assert read(head + gb).words == "很好用"
    assert read(b"From: a@b.example\n\n" + "Grüße".encode("latin-1")).words == "Grüße"
    coded = base64.b64encode("Grüße".encode()).decode()
    said = f"From: a@b.example\nContent-Transfer-Encoding: base64\n\n{coded}"
    assert read(said).words == "Grüße"
    # Codecs that are no charset, such as those that unpack: a short body would fill the memory.
    assert read(b"From: a@b.example\nContent-Type: text/plain; charset=zlib\n\nx").words == "x"
    assert read("From: a@b.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n").subject == "Grüße"


def test_a_text_that_was_cut_off_within_a_character_is_read_as_it_was_written():
    cut = "很好用。".encode() * 20_000
    assert read(b"From: a@b.example\n\n" + cut[:-1]).words.startswith("很好用。很好用。")


def test_a_mail_that_would_take_minutes_to_read_is_read_or_left_at_once():
    began = process_time()
    for each in ("<a ", '<a b="', "<!--", "<![", "</", "<style>", "<"):
        assert len(text_of_html(each * (100_000 // len(each)))) <= 100_000
    assert parsed(b'Content-Type: multipart/mixed; x="' + b";" * 262_144 + b"\n\nHello") is None
    assert process_time() - began < 5


def test_what_is_attached_is_not_what_they_say():
    mail = """From: a@b.example
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Mine
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=x.txt

Not mine
--b
Content-Type: message/rfc822

Subject: Forwarded

Not mine either
--b--
"""
    assert read(mail).words == "Mine"


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("From: Ann <Ann@Acme.example>", "ann@acme.example"),
        ('From: "boss@acme.example" <ann@acme.example>', "ann@acme.example"),
        ("From: ann@acme.example, bob@acme.example", ""),
        ("From: ann@acme.example\nFrom: bob@acme.example", ""),
        ("From: =?utf-8?q?ann=40acme.example?= <bob@acme.example>", "bob@acme.example"),
        ("From: ann@acme.example\r\n <bob@acme.example>\n", ""),
        ("From: nobody", ""),
        ("Subject: none", ""),
    ],
)
def test_a_sender_is_one_address_or_none(head, sender):
    assert read(f"{head}\n\nHello").sender == sender


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=y",
        "Precedence: bulk",
        "List-Id: <x.example>",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.example",
        "Subject: Automatische Antwort: bin im Urlaub",
        "Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSNOiDkvJHlgYc=?=",
    ],
)
def test_what_no_person_wrote_is_known_by_its_head(head):
    assert read(f"{head}\n\nI am away").is_automatic
    assert not read("Auto-Submitted: no\nSubject: About out of office\n\nHello").is_automatic


@pytest.mark.django_db
def test_a_mail_that_was_made_to_break_the_reader_is_read_or_left():
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    wide = "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 20_000
    heads = "".join(f"X-{n}: y\n" for n in range(20_000))
    long = f"References: {'<a@b> ' * 40_000}\nSubject: {'=?utf-8?q?a?=' * 20_000}\n\nHello"
    kinds = [
        meaning_of(Raw(1, AT, f"From: a@b.example\n{each}".encode()[:262_144]), frozenset(), AT)
        for each in (deep, heads)
    ]
    assert [each.kind for each in kinds] == [UNREADABLE, "other"]
    assert len(read(f"From: a@b.example\n{wide}").words) <= 4000
    assert len(read(long).answers) <= 20
    assert (
        "\0"
        not in read(
            "From: a@b.example\nSubject: a\0b\n\nx\0y\ud800".encode("utf-8", "surrogatepass")
        ).words
    )


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(
    head=st.lists(
        st.tuples(
            st.sampled_from(
                ["From", "Subject", "In-Reply-To", "Content-Type", "Message-ID", "Auto-Submitted",
                 "Content-Transfer-Encoding", "Content-Disposition", "References"]
            ),
            st.one_of(
                st.binary(max_size=40),
                st.sampled_from([
                    b"multipart/report; report-type=delivery-status; boundary=b",
                    b"multipart/mixed; boundary=b", b"text/html; charset*=utf-8''x%", b"base64",
                    b"quoted-printable", b"x-uuencode", b"=?utf-8?b?!!!?=", b"=?x?q?a?= <a@b.c>",
                    b"text/plain; charset*0=u; charset*1*=%FF''tf", b"attachment; filename*0*=a",
                    b"message/delivery-status", b"message/rfc822",
                ]),
            ),
        ),
        max_size=8,
    ),
    body=st.one_of(
        st.binary(max_size=300),
        st.sampled_from([
            b"--b\nContent-Type: message/delivery-status\n\nAction: failed\n\n\n--b--",
            b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <1.0@x>\n\n--b--",
        ]),
    ),
)  # fmt: skip
def test_no_mail_breaks_the_reader(head, body):
    raw = b"".join(name.encode() + b": " + said + b"\n" for name, said in head) + b"\n" + body
    meaning = meaning_of(Raw(1, AT, raw), frozenset({"tenure@example.com"}), AT)
    assert meaning.kind in ("automatic", "other", "unreadable")
