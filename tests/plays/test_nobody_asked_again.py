"""Who said "do not ask me again" is asked for nothing any more, by whichever play."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from test_plays_lived import MAIL, NOW, PLAY, begin, declare, export, lived, put_in_arm  # noqa: F401

from messages.in_app_worlds import FILES as WORDS
from tenure.base.clock import system_clock
from tenure.base.errors import Conflict
from tenure.content import asks
from tenure.content.asks import make_ask, personal_path
from tenure.customers.merging import merge
from tenure.customers.models import Person
from tenure.definitions.store import put_in_force
from tenure.messages.asking import refuse, refusing
from tenure.messages.choice_link import PATH, ChoiceLink, choice_token
from tenure.messages.consent import EVERYTHING, PAGE, forget_in_consent, say
from tenure.messages.models import Consent, Message, Status
from tenure.plays.asking import Asking
from tenure.plays.in_force import play_named
from tenure.plays.lift_costs import costs_of
from tenure.plays.releasing import release_held
from tenure.plays.turning import go_on_due
from tenure.plays.why import why
from tenure.plays.why_words import reach_sentences

pytestmark = pytest.mark.django_db

ASKS = MAIL + "\n{% ask %}\n"
BLOCK = '[[choice]]\n[choice.text]\nen = "A word? {% ask %}"\nzh-hans = "说两句？{% ask %}"\n'
SURVEY = PLAY.replace('mail = "01-welcome"', 'in_app = "01-welcome"\nkind = "survey"')
UNASKED = "they said that they do not want to be asked again"


def folder(mail: str, head: str = "", play: str = PLAY, **more: str) -> dict[str, str]:
    files = {"play.toml": head + play, "01-welcome.en.md": mail, "01-welcome.zh-hans.md": mail}
    return files | more


ASKING = {
    "by_tag": folder(ASKS),
    "by_block": folder(MAIL + "{% block word %}", **{"word.block.toml": BLOCK}),
    "by_survey": folder(WORDS["survey"], play=SURVEY),
    "by_saying_so": folder(MAIL, "asks = true\n"),
}
TELLING = {"telling": folder(MAIL)}


def of(account: str, column: str = "status") -> dict[str, object]:
    """What became of each play's message to somebody of this account."""
    rows = Message.objects.filter(account_id=account).exclude(play="reports")
    return dict(rows.order_by("play").values_list("play", column))


def test_what_asks_is_withheld_from_who_said_never_and_from_nobody_else(lived, client) -> None:  # noqa: F811
    for name, files in (ASKING | TELLING).items():
        declare(files, name)
        begin(lived, name)
        put_in_arm("acme", "hold_out" if name == "by_saying_so" else "treated", name)
        put_in_arm("beta", "treated", name)
    settings.TENURE_HOME.settings_file.write_text("[reach]\npoints_a_week = 100\n")
    refuse("ada", NOW)
    export(lived, "ada @acme", "bob @beta")
    go_on_due(lived, NOW)

    unasked = {name: {"code": "not_to_be_asked"} for name in ASKING}
    assert {name: said for name, said in of("acme", "because").items() if name in ASKING} == unasked
    assert of("acme", "why") == dict.fromkeys(sorted(ASKING), UNASKED) | {"telling": ""}
    assert of("acme") == dict.fromkeys(sorted(ASKING), "suppressed") | {"telling": "ready"}
    assert of("acme", "asks") == dict.fromkeys(sorted(ASKING), True) | {"telling": False}
    assert of("beta") == dict.fromkeys(sorted([*ASKING, "telling"]), "ready")

    [them] = why(lived, "by_tag", "ada", NOW).reach
    told = {words: is_open for is_open, words in reach_sentences(them, str)}
    assert told["They said that they do not want to be asked again"] is False

    # What waits for Bob when he says so goes at once, and the rest stays.
    client.post(personal_path("beta", "bob"), {"action": "never"})
    assert of("beta", "why") == dict.fromkeys(sorted(ASKING), UNASKED) | {"telling": ""}
    assert of("beta") == dict.fromkeys(sorted(ASKING), "suppressed") | {"telling": "ready"}
    assert "We do not ask again" in client.get(personal_path("beta", "bob")).content.decode()

    # As if the word had come while those for Ada were being written: the planner asks once more.
    Message.objects.filter(play="by_tag", account_id="acme").update(status=Status.HELD, because={})
    release_held(lived, NOW)
    assert of("acme", "because")["by_tag"] == {"code": "not_to_be_asked"}


# --- whose word it is


def known(id: str, address: str) -> Person:
    return Person.objects.create(
        person_id=id, name="A", email=address, created_at=NOW, first_seen_at=NOW
    )


def test_their_word_holds_under_every_id_and_at_the_same_address(home) -> None:
    for id in ("old", "ann", "again", "else"):
        known(id, {"ann": "", "else": "else@acme.test"}.get(id, "Ann@acme.test "))
    refuse("old", NOW)
    merge("person", "old", "ann", now=NOW)
    assert refusing(["ann", "again", "else"]) == {"ann", "again"}
    assert refusing(["again"]) == {"again"}


def test_who_is_forgotten_is_not_asked_when_they_come_back_with_their_address(home) -> None:
    person = known("ann", "ann@acme.test")
    refuse("ann", NOW)
    say("ann", "tips", is_granted=False, how=PAGE, now=NOW)
    forget_in_consent(["ann"])
    person.delete()
    known("ann", "else@acme.test")
    known("new", "ann@acme.test")
    assert refusing(["ann", "new"]) == {"ann", "new"}
    with pytest.raises(Conflict, match="does not want to be asked"):
        make_ask("", person_id="new", now=NOW, by="ada")
    traces = str(list(Consent.objects.values_list("person_id", "address_digest", "message_key")))
    assert "ann" not in traces and "acme" not in traces


def test_they_may_change_their_mind_and_all_mail_on_is_another_thing(home, client: Client) -> None:
    known("ann", "a@b.test")
    client.post(personal_path("", "ann"), {"action": "never"})
    assert asks.has_said_no("ann")
    say("ann", EVERYTHING, is_granted=True, how=PAGE, now=system_clock() + timedelta(days=1))
    assert asks.has_said_no("ann")
    path = PATH + choice_token(ChoiceLink("ann", "tips"), settings.SECRET_KEY)
    shown = client.get(path).content.decode()
    assert "Being asked for a review" in shown
    client.post(path, {"action": "on", "topic": "asking"})
    assert not asks.has_said_no("ann")


# --- which messages ask


def test_blocks_are_read_once_for_many_messages_and_a_plays_own_goes_first(
    home, django_assert_num_queries
) -> None:
    told = BLOCK.replace(" {% ask %}", "").replace("{% ask %}", "")
    put_in_force("block", "word", BLOCK, now=NOW, by="ada")
    named = MAIL + "{% block word %}"
    declare(folder(named), "shared")
    declare(folder(named, **{"word.block.toml": told}), "own")
    declare(folder(MAIL), "none")
    plays = [play_named(name) for name in ("shared", "own", "none") for _ in range(3)]
    asking = Asking()
    with django_assert_num_queries(1):
        found = [(play.name, asking.of(play, play.steps[0].act)) for play in plays]
    assert set(found) == {("shared", True), ("own", False), ("none", False)}


def test_who_wants_to_be_asked_no_more_is_a_cost_of_what_asked_them(home) -> None:
    known("ann", "ann@acme.test")
    for name, is_asking in (("by_tag", True), ("telling", False)):
        declare((ASKING | TELLING)[name], name)
        Message.objects.create(
            key=name, play=name, person_id="ann", status="sent", asks=is_asking,
            intended_at=NOW, next_at=NOW,
        )  # fmt: skip
    refuse("ann", NOW + timedelta(days=1))
    costs = {name: costs_of(play_named(name)) for name in ("by_tag", "telling")}
    assert {name: found.switched_off for name, found in costs.items()} == {
        "by_tag": 1,
        "telling": 0,
    }
