"""The program that the tests of what is shown in the product start: who may be shown what.

    in_app_home.py          with TENURE_HOME; prints the key to sign with

Each person is one test's own. `ann-banner` is meant a banner, and so on for every kind.
"""

import json
from datetime import timedelta

from tenure.app.cli import prepare_django

prepare_django()

from messages.in_app_worlds import FILES, meant, written  # noqa: E402
from tenure.base.clock import system_clock  # noqa: E402
from tenure.messages.in_app.parts import BANNER, KINDS, MODAL  # noqa: E402
from tenure.offboard.keys import create_cancel_key  # noqa: E402

PEOPLE = ("ann", "policy", "gone", "phone")
CHINESE = FILES[MODAL].replace("Your first project is done", "您的第一个项目已完成")


def main() -> None:
    now = system_clock()
    for person in PEOPLE:
        for kind in KINDS:
            meant(kind, f"{person}-{kind}", now, person_id=f"{person}-{kind}")
    for kind in (MODAL, BANNER):
        meant(kind, f"both-{kind}", now, person_id="both", priority=80 if kind == MODAL else 20)
    for place in ("out-1", "out-2", "prefix", "asked", "off"):
        meant(BANNER, place, now, person_id=place)
    meant(MODAL, "out-3", now, person_id="out-3")
    paged = FILES[BANNER].replace("[button]", 'pages = ["*/deep"]\n[button]')
    meant(BANNER, "paged", now, person_id="paged", payload=written(BANNER, paged))
    for language in ("ar", "zh-hans"):
        payload = written(MODAL, CHINESE if language != "ar" else "", language=language)
        meant(MODAL, language, now, person_id=language, payload=payload)
    key = create_cancel_key("Web app", now - timedelta(days=1))
    print(json.dumps([key.key_id, key.secret]))


if __name__ == "__main__":
    main()
