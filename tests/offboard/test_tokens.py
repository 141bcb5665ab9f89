"""Tokens of hosts: every byte is signed, and each refusal says why."""

import base64
import hashlib
import hmac
import json
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.offboard.tokens import (
    KeyRevoked,
    TokenExpired,
    TokenForged,
    TokenMalformed,
    read_token,
    sign,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXP = int(NOW.timestamp()) + 3600
PAYLOAD = {
    "account": "acme",
    "subscription": "sub_1",
    "mode": "live",
    "exp": EXP,
    "nonce": "0123456789abcdef",
}


@dataclass
class Key:
    key_id: str = "ck_one"
    secret: str = "cs_a-secret-of-the-host"
    revoked_at: datetime | None = None


KEYS = {"ck_one": Key(), "ck_two": Key("ck_two", "cs_another")}


def signed_by_hand(payload: bytes, key: Key = KEYS["ck_one"]) -> str:
    """As the contract's one line has it, with nothing of ours."""

    def b64(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = b"tenure1." + key.key_id.encode() + b"." + b64(payload)
    return (head + b"." + b64(hmac.digest(key.secret.encode(), head, hashlib.sha256))).decode()


def as_json(**changes):
    return json.dumps({k: v for k, v in (PAYLOAD | changes).items() if v is not None}).encode()


def test_what_the_contract_describes_is_read():
    token = signed_by_hand(
        as_json(person="ann", offers=["pause"], locale="zh-Hant", country="DE", is_consumer=True,
                return_url="https://a.example/b", cancel_url="http://a.example/c?d=e")
    )  # fmt: skip

    ask = read_token(token, KEYS, NOW)

    assert (ask.account, ask.subscription, ask.mode, ask.person) == ("acme", "sub_1", "live", "ann")
    assert (ask.offers, ask.locale, ask.country) == (("pause",), "zh-Hant", "DE")
    assert (ask.is_consumer, ask.key_id) == (True, "ck_one")
    assert ask.expires_at == NOW + timedelta(hours=1)


def test_we_sign_as_the_contract_says():
    ours = sign(PAYLOAD, KEYS["ck_one"])

    assert ours == signed_by_hand(json.dumps(PAYLOAD, separators=(",", ":")).encode())


def test_a_change_of_any_character_is_refused():
    token = signed_by_hand(as_json())
    alphabet = string.ascii_letters + string.digits + "-_."

    for place, was in enumerate(token):
        for new in (alphabet[(alphabet.index(was) + 1) % len(alphabet)], "A", "=", "é"):
            if new != was:
                changed = token[:place] + new + token[place + 1 :]
                with pytest.raises((TokenMalformed, TokenForged)):
                    read_token(changed, KEYS, NOW)


def test_every_last_letter_of_the_signature_but_one_is_refused():
    """The last of 43 letters has two bits that mean nothing; four of them decode alike."""
    token = signed_by_hand(as_json())
    taken = []

    for letter in string.ascii_letters + string.digits + "-_":
        try:
            read_token(token[:-1] + letter, KEYS, NOW)
            taken.append(letter)
        except TokenForged:
            pass

    assert taken == [token[-1]]


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 20, -1, -10])
def test_a_part_of_a_token_is_none(cut):
    token = signed_by_hand(as_json())

    for part in (token[:cut], token[cut:] if cut else "", token + token, token + "A"):
        if part != token:
            with pytest.raises((TokenMalformed, TokenForged)):
                read_token(part, KEYS, NOW)


def test_account_subscription_mode_and_nonce_cannot_be_swapped_between_two_tokens():
    one, two = signed_by_hand(as_json()), signed_by_hand(as_json(account="other", mode="test"))
    head, _, signature = one.rpartition(".")

    with pytest.raises(TokenForged):
        read_token(two.rpartition(".")[0] + "." + signature, KEYS, NOW)
    with pytest.raises(TokenForged):
        read_token(head + "." + two.rpartition(".")[2], KEYS, NOW)


def test_another_keys_signature_is_refused():
    signed = signed_by_hand(as_json(), KEYS["ck_two"])

    with pytest.raises(TokenForged):
        read_token(signed.replace("ck_two", "ck_one"), KEYS, NOW)
    with pytest.raises(TokenForged):
        read_token(signed_by_hand(as_json(), Key("ck_none", "-")), KEYS, NOW)


def test_a_revoked_key_opens_nothing_and_a_forger_does_not_learn_of_it():
    keys = {"ck_one": Key(revoked_at=NOW)}

    with pytest.raises(KeyRevoked):
        read_token(signed_by_hand(as_json()), keys, NOW)
    with pytest.raises(TokenForged):
        read_token(signed_by_hand(as_json()) + "A", keys, NOW)


@pytest.mark.parametrize(
    ("exp", "error"),
    [
        (EXP - 3600, TokenExpired),
        (EXP - 3601, TokenExpired),
        (EXP + 24 * 3600, TokenMalformed),
        (True, TokenMalformed),
        (EXP + 0.5, TokenMalformed),
        (str(EXP), TokenMalformed),
        (10**12, TokenMalformed),
        (-1, TokenMalformed),
        (None, TokenMalformed),
    ],
)
def test_its_time(exp, error):
    with pytest.raises(error):
        read_token(signed_by_hand(as_json(exp=exp)), KEYS, NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", ""), ("account", "   "), ("account", "a" * 201), ("account", "a\nb"),
        ("account", 7), ("account", "a\u2028b"), ("account", "\u0000"), ("subscription", ""),
        ("person", "x\x1f"), ("mode", "Live"), ("mode", ""), ("mode", None), ("nonce", "short"),
        ("nonce", "0123456789abcde "), ("nonce", "n" * 201), ("offers", "pause"),
        ("offers", ["Pause!"]), ("offers", [1]), ("offers", ["a"] * 101), ("country", "de"),
        ("country", "DEU"), ("locale", "x"), ("locale", "en\n"), ("is_consumer", 1),
        ("is_consumer", "true"), ("return_url", "javascript:alert(1)"),
        ("cancel_url", "//a.example"), ("cancel_url", "https://a.example/" + "a" * 2000),
        ("cancel_url", "https://a.example/\n"), ("return_url", "https:\\\\a.example"),
        ("return_url", "data:text/html,x"), ("admin", True),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused_by_its_name(field, value):
    with pytest.raises(TokenMalformed) as refused:
        read_token(signed_by_hand(as_json(**{field: value})), KEYS, NOW)

    assert field in refused.value.message


@pytest.mark.parametrize(
    "payload",
    [
        b'{"account":"acme","account":"other","subscription":"s","mode":"live"}',
        b"[]", b"null", b"", b"{", b'"x"', b"NaN", b'{"exp":NaN}', b"\xff\xfe{}",
        b'{"account":"\\ud800","subscription":"s","mode":"live","exp":%d,"nonce":"0123456789abcdef"}' % EXP,
        b"[" * 3000 + b"]" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_json_object_or_says_something_twice_is_refused(payload):
    with pytest.raises(TokenMalformed):
        read_token(signed_by_hand(payload), KEYS, NOW)


def test_a_duplicate_key_is_refused_wherever_it_is():
    twice = as_json()[:-1] + b',"mode":"test"}'

    with pytest.raises(TokenMalformed, match="mode"):
        read_token(signed_by_hand(twice), KEYS, NOW)


def test_a_giant_is_refused_before_it_is_looked_at():
    with pytest.raises(TokenMalformed, match="8192"):
        read_token("tenure1.ck_one." + "A" * 10_000_000 + ".x", KEYS, NOW)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_text_is_more_than_refused(text):
    with pytest.raises((TokenMalformed, TokenForged)):
        read_token(text, KEYS, NOW)


def test_one_token_is_one_visit_and_another_is_another():
    first = read_token(signed_by_hand(as_json()), KEYS, NOW)
    again = read_token(signed_by_hand(as_json(exp=EXP - 60)), KEYS, NOW)
    other = read_token(signed_by_hand(as_json(nonce="0123456789abcdeg")), KEYS, NOW)
    by_another_key = read_token(signed_by_hand(as_json(), KEYS["ck_two"]), KEYS, NOW)

    assert first.visit_id == again.visit_id
    assert len({first.visit_id, other.visit_id, by_another_key.visit_id}) == 3
