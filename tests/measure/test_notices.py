"""What was said about leaving, apart from what took effect."""

from datetime import date

from ledger_worlds import fact, spells, world

from tenure.measure.movements import movements
from tenure.measure.notices import notices

FEBRUARY = {"first_on": date(2025, 2, 1), "before_on": date(2025, 3, 1)}


def notice(account: str, when: str, ends: str | None) -> dict:
    return fact("notice", account, when, subscription_id=f"of-{account}", ends_at=ends)


def test_a_notice_and_the_end_are_two_days():
    facts = spells("ada of-ada 2025-01-01 2025-03-10 10")
    facts.append(notice("ada", "2025-02-08", "2025-03-10"))

    with world(facts) as reader:
        [said] = notices(reader, **FEBRUARY)
        assert movements(reader, **FEBRUARY) == []

    assert (said.account_id, said.noticed_on, said.ends_on) == (
        "ada",
        date(2025, 2, 8),
        date(2025, 3, 10),
    )
    assert (said.mrr_minor, said.currency, said.is_withdrawn) == (1000, "USD", False)
    assert said.source_ref.startswith("facts.csv:ada/")


def test_a_notice_that_was_taken_back_is_told_as_such():
    facts = spells("ada of-ada 2025-01-01 - 10\nbob of-bob 2025-01-01 - 10")
    facts += [
        notice("ada", "2025-02-08", "2025-03-10"),
        notice("ada", "2025-02-20", None),
        notice("bob", "2025-02-08", "2025-03-10"),
        notice("bob", "2025-03-20", "2025-04-10"),  # after the end it announced
    ]

    with world(facts) as reader:
        found = {one.account_id: one.is_withdrawn for one in notices(reader, **FEBRUARY)}

    assert found == {"ada": True, "bob": False}


def test_notices_of_other_months_and_of_who_does_not_pay():
    facts = spells("ada of-ada 2025-01-01 - 0 status=trialing")
    facts += [notice("ada", "2025-01-31", "2025-02-10"), notice("ada", "2025-02-08", "2025-03-10")]

    with world(facts) as reader:
        [said] = notices(reader, **FEBRUARY)

    assert (said.noticed_on, said.mrr_minor, said.currency) == (date(2025, 2, 8), 0, None)
