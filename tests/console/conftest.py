"""A small simulated company, made once for all that look at pages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_home import ACCOUNTS, MONTHS, SET_PASSWORD, Served, run, serve
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

from made_once import made_once
from tenure.console.sign_in import owner


@pytest.fixture
def ann(home) -> AbstractUser:
    """The owner."""
    return owner()


@pytest.fixture
def bob(home) -> AbstractUser:
    return get_user_model().objects.create_user("bob")


@pytest.fixture(scope="session")
def company_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a simulated company and an owner who has a password."""
    return made_once(tmp_path_factory, "company", _make_company)


def _make_company(home: Path) -> None:
    tenure = [sys.executable, "-m", "tenure.app"]
    run(home, *tenure, "demo", "--accounts", str(ACCOUNTS), "--months", str(MONTHS))
    run(home, sys.executable, "-c", SET_PASSWORD)


@pytest.fixture(scope="session")
def company(company_home: Path) -> Iterator[Served]:
    yield from serve(company_home)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A home in which nothing has happened."""
    home = tmp_path_factory.mktemp("empty") / "home"
    run(home, sys.executable, "-m", "tenure.app", "init", "--name", "Fresh")
    run(home, sys.executable, "-c", SET_PASSWORD)
    yield from serve(home)
