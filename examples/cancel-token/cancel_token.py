"""A token that opens Tenure's cancel flow. Python 3.11, standard library only.

    TENURE_CANCEL_KEY=ck_...:cs_... python cancel_token.py acme sub_1
    python cancel_token.py --check vectors.json

In your server: `cancel_token(key_id, secret, account="acme", subscription="sub_1")`, with the
account and the subscription of whoever is signed in, never of what the browser says.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import time


def cancel_token(key_id: str, secret: str, **payload: object) -> str:
    """A token for one click. Its payload is signed as a whole; what you leave out is filled in."""
    whole = {
        "mode": "live",
        "exp": int(time.time()) + 3600,
        "nonce": secrets.token_urlsafe(16),
        **payload,
    }
    return sign(key_id, secret, json.dumps(whole, ensure_ascii=False))


def sign(key_id: str, secret: str, payload: str) -> str:
    """The token over these very bytes."""
    signed = f"tenure1.{key_id}.{base64url(payload.encode())}"
    code = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64url(code)}"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def check(path: str) -> int:
    """How many of the file's tokens come out otherwise."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    wrong = [v for v in vectors if sign(v["key_id"], v["secret"], v["payload"]) != v["token"]]
    print(f"{len(vectors) - len(wrong)} passed, {len(wrong)} failed")
    return len(wrong)


def main() -> int:
    if sys.argv[1:2] == ["--check"]:
        return 1 if check(sys.argv[2]) else 0
    if len(sys.argv) != 3 or ":" not in os.environ.get("TENURE_CANCEL_KEY", ""):
        print("TENURE_CANCEL_KEY=id:secret cancel_token.py ACCOUNT SUBSCRIPTION", file=sys.stderr)
        return 2
    key_id, secret = os.environ["TENURE_CANCEL_KEY"].split(":", 1)
    print(cancel_token(key_id, secret, account=sys.argv[1], subscription=sys.argv[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
