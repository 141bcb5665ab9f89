"""A play is switched off whatever its text says, and on only where its messages lead somewhere."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import translation
from test_plays_lived import FILES, MAIL, NOW, PLAY, WORLD, begin, declare, export, put_in_arm

from card.card_worlds import live
from tenure.app.check_up import check_up
from tenure.base.errors import BadDefinition, Conflict, NotFound
from tenure.card.product import product
from tenure.customers.models import Membership
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import put_in_force
from tenure.messages.models import Message, StoppedStep
from tenure.messages.open_signals import titles_of
from tenure.messages.volume import Stop, stop_step
from tenure.plays.commands import plays_group
from tenure.plays.in_force import play_named
from tenure.plays.lost_links import lost_links
from tenure.plays.mail_values import known_path
from tenure.plays.models import Enrolment, PlaySwitch
from tenure.plays.parts import To
from tenure.plays.product_words import product_words
from tenure.plays.recipients import recipients_of
from tenure.plays.save_words import save_words
from tenure.plays.switching import switch_off
from tenure.plays.turning import go_on_due
from tenure.saves.models import Save
from tenure.signals.models import Signal
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db

BILLING = MAIL.replace("https://app.example.com/{{ person.first_name }}", "{{ links.billing }}")
LINKED = {**FILES, "01-welcome.en.md": BILLING, "01-welcome.zh-hans.md": BILLING}


def break_the_text() -> None:
    held = DefinitionVersion.objects.get(kind="play", name="reports")
    broken = held.text.replace("[goal]", 'where = "no_such_column = 1"\n[goal]', 1)
    DefinitionVersion.objects.filter(pk=held.pk).update(text=broken)


@pytest.fixture
def on(home):
    live(home, WORLD)
    declare()
    begin(home)
    return home


def test_a_play_that_cannot_be_read_is_switched_off_by_hand(on) -> None:
    put_in_arm("acme", "treated")
    export(on, "ada @acme")
    go_on_due(on, NOW)
    break_the_text()
    done = CliRunner().invoke(plays_group, ["off", "reports"])
    assert done.exit_code == 0 and not PlaySwitch.objects.get().is_on
    assert Message.objects.get().status == "held"  # what was let go stays here
    with pytest.raises(NotFound):
        switch_off("never_was", now=NOW, by="ada")


def test_a_play_that_cannot_be_read_is_switched_off_on_the_page_and_over_the_api(
    on, visitor
) -> None:
    break_the_text()
    page = visitor.get("/plays").content.decode()
    assert "no_such_column" in page and 'action="/plays/reports/switch"' in page
    assert visitor.get("/plays/reports").headers["location"] == "/plays"
    visitor.post("/plays/reports/switch", {"to": "off"})
    assert not PlaySwitch.objects.get().is_on
    PlaySwitch.objects.update(is_on=True)
    reply = visitor.post("/api/plays/reports/off")
    assert reply.json() == {"name": "reports", "is_on": False, "running_digest": None}
    assert not PlaySwitch.objects.get().is_on
    assert visitor.post("/api/plays/reports/on").status_code == 422


def test_no_play_goes_on_whose_mails_lead_to_a_page_that_nobody_declared(home) -> None:
    live(home, WORLD)
    declare(LINKED)
    with pytest.raises(Conflict, match=r"links.billing.*billing = \"/billing\" below \[links\]"):
        begin(home)
    put_in_force("product", "", '[links]\nbilling = "/pay"\n', now=NOW, by="ada")
    with pytest.raises(Conflict, match="app_url"):
        begin(home)
    (home.root / "tenure.toml").write_text('[plays]\napp_url = "https://app.example.com/a"\n')
    begin(home)
    put_in_arm("acme", "treated")
    export(home, "ada @acme")
    go_on_due(home, NOW)
    assert 'href="https://app.example.com/a/pay"' in Message.objects.get().html


def test_a_page_that_goes_missing_later_takes_its_button_with_it_and_doctor_says_so(home) -> None:
    live(home, WORLD)
    declare(LINKED)
    put_in_force("product", "", '[links]\nbilling = "https://pay.example"\n', now=NOW, by="ada")
    begin(home)
    put_in_force("product", "", '[product]\nname = "Fernhill"\n', now=NOW, by="ada")
    put_in_arm("acme", "treated")
    export(home, "ada @acme")
    go_on_due(home, NOW)
    mail = Message.objects.get()
    assert "pay.example" not in mail.html and "Open it" not in mail.html
    home.secret_file.write_text("x")
    said = [found.sentence for found in check_up(home, NOW) if not found.is_well]
    assert any("links.billing" in each for each in said)


def test_what_has_a_link_to_choose_needs_to_know_where_tenure_is_once_mail_goes_out(on) -> None:
    assert lost_links(play_named("reports")) == []
    toml = '[mail]\nhost = "mail.example.com"\nfrom = "Us <us@example.com>"\n'
    (on.root / "tenure.toml").write_text(toml)
    [lost] = lost_links(play_named("reports"))
    assert "[console]" in lost
    (on.root / "tenure.toml").write_text(toml + '[console]\nurl = "https://t.example.com"\n')
    assert lost_links(play_named("reports")) == []


@pytest.mark.parametrize(
    "links", ['app = "/x"', 'pay = "pay"', 'pay = "//evil.example"', 'Pay = "/x"']
)
def test_what_is_no_place_is_refused(home, links: str) -> None:
    with pytest.raises(BadDefinition, match="links"):
        put_in_force("product", "", f"[links]\n{links}\n", now=NOW, by="ada")
    assert product().links == {}


def test_a_stopped_step_is_said_whatever_else_is_wrong_and_in_the_readers_language(on) -> None:
    stop_step(Stop("reports", "welcome", 1, 20, 2), NOW)
    (on.root / "tenure.toml").write_text("[reach]\nno_such_field = 1\n")
    on.secret_file.write_text("x")
    said = [found.sentence for found in check_up(on, NOW) if not found.is_well]
    assert any("tenure plays release reports welcome" in each for each in said)
    assert any("no_such_field" in each for each in said) and StoppedStep.objects.exists()
    [task] = Task.objects.all()
    assert titles_of([task])[task.pk] == task.title
    with translation.override("zh-hans"):
        assert "reports" in titles_of([task])[task.pk]


def test_a_play_is_called_what_its_reader_calls_it(home) -> None:
    named = PLAY.replace(
        'title = "More out of reports"', 'title = { en = "More", zh-hans = "更多" }'
    )
    declare({**FILES, "play.toml": named})
    play = play_named("reports")
    with translation.override("zh-hans"):
        assert play.title == "更多"
    with translation.override("de"):
        assert play.title == "More"


def test_a_new_product_file_is_used_at_once_in_a_process_that_runs(home) -> None:
    said = []
    for name, links in (
        ("Old", 'pay = "https://a.example"'),
        ("New", 'more = "https://b.example"'),
    ):
        text = f'[product]\nname = "{name}"\n[links]\n{links}\n'
        put_in_force("product", "", text, now=NOW, by="ada")
        said.append(product_words({}, "en", NOW.date())["name"])
        said += [path for path in ("pay", "more") if not known_path(("links", path))]
    assert said == ["Old", "pay", "New", "more"]


def test_nobody_is_asked_to_take_over_from_themselves(home) -> None:
    live(home, WORLD)
    Membership.objects.filter(person_id="bob").update(account_id="acme")
    Membership.objects.filter(person_id="ada").update(role="buyer")
    row = Enrolment(pk=1, over="account", account_id="acme")
    to = To(roles=("buyer",), left_out_by="champion_left")
    assert [each.person_id for each in recipients_of([(row, to)])[1]] == ["ada"]
    Signal.objects.create(
        key="s", kind="champion_left", account_id="acme", person_id="ada", happened_at=NOW,
        raised_at=NOW, last_evidence_at=NOW, urgency="now", next_step="x",
    )  # fmt: skip
    assert [each.person_id for each in recipients_of([(row, to)])[1]] == ["bob"]
    Signal.objects.update(resolved_at=NOW + timedelta(days=1))  # they are back
    assert [each.person_id for each in recipients_of([(row, to)])[1]] == ["ada"]


@pytest.mark.parametrize(("kind", "is_billed"), [("discount", True), ("training", False)])
def test_of_a_save_it_is_said_what_was_agreed(home, kind: str, is_billed: bool) -> None:
    Save.objects.create(
        key="save:1", kind="save", visit_id="1", account_id="acme", offer_kind=kind,
        opened_at=NOW, opened_on=NOW.date(),
    )  # fmt: skip
    said = save_words("event: Save Applied", "acme")
    assert said == {"offer_kind": kind, "is_billed": is_billed}
    assert set(save_words("event: Account Created", "acme").values()) == {None}
