"""A link signs in once; a password as often as it is right."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.console.models import SignInLink
from tenure.console.sign_in import make_sign_in_link, owner, spend_sign_in_link

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[1]


def test_a_link_signs_in_once():
    link = make_sign_in_link(owner(), NOW, "http://127.0.0.1:8000/")
    assert link.startswith("http://127.0.0.1:8000/sign-in/")

    assert spend_sign_in_link(token_of(link), NOW) == owner()
    with pytest.raises(NotFound):
        spend_sign_in_link(token_of(link), NOW)


def test_a_link_expires_after_a_day():
    token = token_of(make_sign_in_link(owner(), NOW, "http://x"))

    with pytest.raises(NotFound):
        spend_sign_in_link(token, NOW + timedelta(hours=24))


def test_a_new_link_voids_the_older_unused_one():
    older = token_of(make_sign_in_link(owner(), NOW, "http://x"))
    newer = token_of(make_sign_in_link(owner(), NOW, "http://x"))

    with pytest.raises(NotFound):
        spend_sign_in_link(older, NOW)
    assert spend_sign_in_link(newer, NOW)


def test_the_token_itself_is_stored_nowhere():
    token = token_of(make_sign_in_link(owner(), NOW, "http://x"))

    [kept] = SignInLink.objects.values_list("token_digest", flat=True)
    assert token not in kept


def test_a_link_of_someone_who_may_not_sign_in_any_more_is_void():
    user = owner()
    token = token_of(make_sign_in_link(user, NOW, "http://x"))
    user.is_active = False
    user.save()

    with pytest.raises(NotFound):
        spend_sign_in_link(token, NOW)


def test_there_is_one_owner_however_often_it_is_asked_for():
    assert owner() == owner()
    assert get_user_model().objects.count() == 1


def test_the_link_opens_the_overview_and_then_no_more(home, client: Client):
    link = make_sign_in_link(owner(), system_clock(), "http://testserver")

    assert client.get(link).headers["Location"] == "/"
    again = Client().get(link)

    assert again.status_code == 404
    assert "used or has expired" in again.content.decode()


def test_a_browser_that_only_looks_ahead_does_not_spend_the_link(home, client: Client):
    link = make_sign_in_link(owner(), system_clock(), "http://testserver")

    assert client.get(link, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert client.get(link).status_code == 302


def test_a_password_signs_in_and_leads_on_to_the_page_that_was_wanted(home, client: Client):
    user = owner()
    user.set_password("correct horse")
    user.save()

    wanted = client.get("/accounts?plan=Pro")
    assert wanted.headers["Location"] == "/sign-in?next=/accounts%3Fplan%3DPro"
    form = {"username": "owner", "password": "correct horse", "next": "/accounts?plan=Pro"}
    assert client.post("/sign-in", form).headers["Location"] == "/accounts?plan=Pro"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_sign_in_never_leads_to_another_host(home, client: Client, elsewhere: str):
    user = owner()
    user.set_password("correct horse")
    user.save()

    form = {"username": "owner", "password": "correct horse", "next": elsewhere}
    assert client.post("/sign-in", form).headers["Location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(home, client: Client):
    owner()

    reply = client.post("/sign-in", {"username": "owner", "password": "wrong"})

    assert reply.status_code == 401
    assert 'value="owner"' in reply.content.decode()
    assert "do not match" in reply.content.decode()


def test_signing_out_needs_a_form_and_ends_the_session(home, client: Client):
    client.force_login(owner())

    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")

    assert client.get("/accounts").headers["Location"].startswith("/sign-in")
