"""A host that makes changes itself: only those that its token names, and only what billing shows."""

from datetime import timedelta

import pytest

from billing.billing_worlds import Host, host_running, only, says
from offboard.visit_worlds import SECRET, an_exit, at_offers, card, person
from tenure.base.errors import InvalidInput
from tenure.billing.changes import carry_out_due
from tenure.billing.models import BillingChange
from tenure.offboard.models import VisitOutcome
from tenure.offboard.outcomes import look_after_outcomes
from tenure.offboard.tokens import read_token
from tenure.saves.applying import follow_billing
from tenure.saves.models import Save
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PAUSE = "accept:pause_2_months"
ACTS = ["pause", "cancel_at_period_end", "uncancel"]
BILLING = '[billing]\nsystem = "webhook"\nurl = "{}"\nsecret = "whsec_{}"\n'


@pytest.fixture
def host():
    with host_running(Host()) as server:
        yield server


@pytest.fixture
def way_out(home, settings, host):
    settings.SECRET_KEY = SECRET
    card()
    person()
    return an_exit(home, billing=BILLING.format(host.url, KEY))


def accepted(way_out, *, signed=ACTS, acts=ACTS, **said):
    offers = at_offers(way_out, host_acts=signed, **said)
    reply = way_out.step(offers, PAUSE, acts=acts)
    assert "act" in reply.json or "result" in reply.json, reply.body
    return reply


def says_of_it(way_out, reply, said="done", message=""):
    return way_out.step(reply, "acted", {"said": said, "message": message})


def make(host, reply):
    """What the handler of a host's page does in its own billing, by a key of its own."""
    act = reply.json["act"]
    host.make({"kind": act["kind"], "id": "by the page", "values": act["values"]})


def notice(reply):
    blocks = {block["name"]: block["text"] for block in reply.json["screen"]["blocks"]}
    return blocks.get("next_steps", "")


def ways(reply):
    return [way["action"] or way["href"] for way in reply.json["screen"]["ways"]]


def test_what_was_promised_is_handed_to_the_page_and_billing_is_not_asked(way_out, host):
    reply = accepted(way_out)

    act, change = reply.json["act"], BillingChange.objects.get()
    assert act["kind"] == "pause" and act["values"] == change.values
    assert (act["account"], act["subscription"]) == ("acme", "sub_1")
    assert reply.json["result"]["billing"] == "pending"
    assert (change.by_host, change.status, host.requests) == (True, "intended", [])


def test_it_is_a_save_once_billing_shows_what_the_page_made(way_out, host):
    reply = accepted(way_out)
    make(host, reply)

    told = says_of_it(way_out, reply)
    follow_billing(way_out.clock())

    assert told.json["result"]["billing"] == "done"
    assert notice(told) == "It is set up already." and "act" not in told.json
    assert (Save.objects.get().status, Save.objects.get().applying) == ("applied", "read_back")
    assert set(host.kinds()) == {"read_back"}


def test_a_page_that_lies_is_not_believed(way_out, host):
    reply = accepted(way_out)

    told = says_of_it(way_out, reply)
    follow_billing(way_out.clock())

    assert told.json["result"]["billing"] == "pending"
    assert "It is being set up" in notice(told)
    assert Save.objects.get().status == "accepted"


def test_a_page_that_fails_says_who_does_it_and_has_a_way_to_try_again(way_out, host):
    reply = accepted(way_out)

    told = says_of_it(way_out, reply, "failed", "declined")

    screen = told.json["screen"]
    assert screen["error"] and "A person does that by November 20, 2026" in notice(told)
    assert ways(told) == ["act", "https://app.example.com/billing", "leave"]
    assert told.json["result"]["billing"] == "unsure"
    assert "declined" in Task.objects.get(key__startswith="billing:host:").because["text"]

    make(host, reply)
    again = says_of_it(way_out, reply)
    assert (again.json["result"]["billing"], again.json["screen"]["error"]) == ("done", "")


def test_a_cancellation_that_the_page_could_not_make_counts_all_the_same(way_out, host):
    confirm = way_out.step(way_out.open(way_out.token(host_acts=ACTS)), "leave")
    left = way_out.step(confirm, "leave", acts=ACTS)
    assert left.json["act"]["kind"] == "cancel_at_period_end"

    told = says_of_it(way_out, left, "failed", "no network")

    screen = told.json["screen"]
    assert screen["title"] == "Your cancellation was received"
    assert "It counts from November 20, 2026" in screen["text"]
    assert "A person does that by November 20, 2026" in notice(told)
    assert "https://app.example.com/cancel" in ways(told) and "act" in ways(told)
    assert VisitOutcome.objects.get().outcome == "canceled"


def test_who_closes_the_page_half_way_leaves_a_change_that_becomes_a_task(way_out, host):
    accepted(way_out)

    way_out.clock.passes(minutes=11)
    carry_out_due(way_out.home, way_out.clock())
    assert Task.objects.filter(key__startswith="billing:host:").count() == 1

    host.make({"kind": "pause", "id": "x", "values": BillingChange.objects.get().values})
    way_out.clock.passes(minutes=10)
    carry_out_due(way_out.home, way_out.clock())
    look_after_outcomes(way_out.home, way_out.clock())
    assert VisitOutcome.objects.get().billing == "done"


@pytest.mark.parametrize(
    ("signed", "acts"), [(None, ACTS), (["discount"], ACTS), (ACTS, []), (ACTS, ["discount"])]
)
def test_only_what_is_signed_and_can_be_done_is_handed_over(way_out, host, signed, acts):
    reply = accepted(way_out, signed=signed, acts=acts)

    assert "act" not in reply.json
    assert reply.json["result"]["billing"] == "done"
    assert host.kinds() == ["pause", "read_back"]


def test_without_a_script_billing_makes_it_whatever_was_signed(way_out, host):
    opened = way_out.step(way_out.open(way_out.token(host_acts=ACTS)), "leave").json["passage"]

    way_out.post_form("/leave", {"passage": opened, "action": "leave", "acts": "pause"})

    assert host.kinds() == ["cancel_at_period_end", "read_back"]


def test_in_test_mode_nothing_is_handed_to_the_page(way_out, host):
    reply = accepted(way_out, mode="test")

    assert "act" not in reply.json
    assert (reply.json["result"]["billing"], host.requests) == ("done", [])


def test_a_page_claims_nothing_of_what_it_was_not_given(way_out, host):
    host.before = only("pause", says(200, '{"status": "pending", "retry_after_s": 60}'))
    offers = at_offers(way_out)
    reply = way_out.step(offers, PAUSE, acts=ACTS)

    told = says_of_it(way_out, reply, "failed", "give me another")

    assert told.json["result"]["billing"] == "pending"
    assert Task.objects.filter(key__startswith="billing:host:").count() == 0
    assert says_of_it(way_out, offers).status == 422  # nothing was decided there
    assert says_of_it(way_out, reply, "perhaps").json["field"] == "said"


def test_the_same_step_again_hands_over_the_same_change_until_the_page_has_spoken(way_out, host):
    offers = at_offers(way_out, host_acts=ACTS)

    first, second = (way_out.step(offers, PAUSE, acts=ACTS) for _ in range(2))
    assert first.json["act"] == second.json["act"]

    says_of_it(way_out, first, "failed", "x")
    assert "act" not in way_out.step(offers, PAUSE, acts=ACTS).json
    assert BillingChange.objects.count() == 1


def test_taking_it_back_may_be_the_pages_too(way_out, host):
    token = way_out.token(host_acts=["uncancel"])
    left = way_out.leave(way_out.open(token))
    back = way_out.step(left, "return", acts=["uncancel"])

    assert back.json["act"]["kind"] == "uncancel"
    host.make({"kind": "uncancel", "id": "y", "values": {}})
    assert says_of_it(way_out, back).json["result"]["billing"] == "done"


def test_a_token_that_names_no_kind_of_change_is_refused_with_those_that_there_are(way_out):
    keys = {way_out.key.key_id: way_out.key}

    with pytest.raises(InvalidInput, match="host_acts is 'delete'; write .*plan_change") as found:
        read_token(way_out.token(host_acts=["delete"]), keys, way_out.clock())
    ask = read_token(way_out.token(host_acts=["pause", "pause"]), keys, way_out.clock())
    assert (found.value.field, ask.host_acts) == ("host_acts", ("pause",))
    assert ask.expires_at - way_out.clock() == timedelta(hours=1)


def test_what_billing_refuses_is_told_with_who_does_it_and_that_the_notice_counts(way_out, host):
    host.before = only("cancel_at_period_end", says(200, '{"status": "refused"}'))

    left = way_out.leave(way_out.open())

    assert left.json["result"]["billing"] == "refused"
    assert left.json["screen"]["title"] == "Your cancellation was received"
    assert "It counts from November 20, 2026" in left.json["screen"]["text"]
    assert "A person does that by November 20, 2026" in notice(left)
    assert "https://app.example.com/cancel" in ways(left)


def test_what_billing_refuses_of_an_offer_is_told_with_who_does_it(way_out, host):
    host.before = only("pause", says(200, '{"status": "refused", "message": "too late"}'))

    reply = way_out.step(at_offers(way_out), PAUSE)

    assert "A person does that by November 20, 2026" in notice(reply)


def test_a_cancellation_that_billing_took_is_told_as_one(way_out, host):
    left = way_out.leave(way_out.open())

    assert left.json["screen"]["title"] == "Your subscription is cancelled"
    assert notice(left) == ""
