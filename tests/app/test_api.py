"""Who may ask the JSON API, and how it says no."""

import json
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from tenure.app.api import broken
from tenure.base.clock import system_clock
from tenure.console.tokens import create_token, revoke_token, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    """A client that sends the token of a program."""
    _, text = create_token("nightly export", system_clock())
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_a_stranger_is_told_how_to_get_a_token():
    reply = Client().get("/api/tasks")

    assert reply.status_code == 401
    assert reply.json()["code"] == "invalid_token"
    assert "tenure tokens create" in reply.json()["message"]


def test_a_program_with_a_token_may_ask(home, program):
    assert program.get("/api/tasks").status_code == 200


def test_a_revoked_token_is_refused(home):
    token, text = create_token("old", system_clock())
    revoke_token(token.id, system_clock())

    reply = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/tasks")

    assert reply.status_code == 401
    assert token_of(text, system_clock()) is None


def test_who_is_signed_in_may_ask_but_changes_nothing_from_another_site(home):
    user = get_user_model().objects.create_user("ann")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    assert browser.get("/api/tasks").status_code == 200
    body = json.dumps({"title": "Call them"})
    assert browser.post("/api/tasks", body, content_type="application/json").status_code in (
        401,
        403,
    )


def test_the_token_is_not_kept(home):
    token, text = create_token("export", system_clock())

    assert text.removeprefix("tk_") not in token.digest
    assert token.last_used_at is None
    token_of(text, system_clock())
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_the_description_is_open_and_names_every_path():
    described = Client().get("/api/openapi.json").json()

    assert described["info"]["title"] == "Tenure"
    assert "/api/tasks" in described["paths"]


def test_the_page_about_the_api_names_every_path():
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")

    for path in Client().get("/api/openapi.json").json()["paths"]:
        whole, _, last = path.rpartition("/")
        assert path in page or (whole in page and f"`/{last}`" in page), path


@pytest.mark.parametrize("path", ["/api/nothing", "/api/tasks/999999", "/v1/nothing"])
def test_what_is_not_there_is_said_in_the_one_shape(home, program, path):
    reply = program.get(path)

    assert reply.status_code == 404
    assert reply.json()["code"] == "not_found"


def test_what_broke_is_said_in_the_one_shape_below_api_and_as_a_page_elsewhere(home, rf):
    for path in ("/api/tasks", "/tasks"):
        request = rf.get(path)
        request.user, request.session = AnonymousUser(), {}
        reply = broken(request)

        assert reply.status_code == 500
        assert ("json" in reply["Content-Type"]) == path.startswith("/api/")
