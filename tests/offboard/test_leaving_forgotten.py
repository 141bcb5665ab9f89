"""An account that left and is forgotten: in no file, no row; and the log still verifies."""

import pytest
from django.apps import apps

from app.test_forgetting import traces
from offboard.visit_worlds import SECRET, an_exit, at_offers, card, person
from tenure.app.forgetting import forget_everywhere
from tenure.app.worker import run_once
from tenure.messages.models import Message
from tenure.offboard.log_checking import verify_log
from tenure.offboard.models import LogEntry
from tenure.offboard.receipts import intend_receipts

ACCOUNT, PERSON = "zqxjkvacme", "zqxjkvann"


def rows_that_name(word):
    return sorted(
        f"{model._meta.label}: {row}"
        for model in apps.get_models()
        if model.__module__.startswith("tenure.")
        for row in model.objects.values()
        if word in str(row)
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_left_and_is_forgotten_leaves_no_trace(home, settings):
    settings.SECRET_KEY = SECRET
    card(account_id=ACCOUNT, name=ACCOUNT)
    person(PERSON, f"{PERSON}@mail.example")
    way_out = an_exit(home)
    token = {"account": ACCOUNT, "person": PERSON, "subscription": f"sub-{ACCOUNT}"}
    offers = at_offers(way_out, **token)
    way_out.leave(way_out.step(offers, "accept:pause_2_months"))
    way_out.open(way_out.token(account="other", person=None))
    intend_receipts(home, way_out.clock())
    run_once(home, way_out.clock())
    assert LogEntry.objects.filter(account_id=ACCOUNT).exists()
    assert Message.objects.filter(purpose="receipt").count() == 2
    assert rows_that_name(ACCOUNT)

    forget_everywhere(home, "account", ACCOUNT, way_out.clock(), with_people=True)

    for word in (ACCOUNT, PERSON):
        assert rows_that_name(word) == []
        assert traces(home.root, word) == []
    assert verify_log(SECRET).problems == []
    assert LogEntry.objects.filter(account_id="other").exists()
