"""The same company on PostgreSQL: the same figures as on the embedded defaults."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]


def tenure(root, *words, database_url=""):
    result = subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(root), *words],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"DATABASE_URL": database_url},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def pages_of(root, database_url):
    result = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("every_page.py"))],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"DATABASE_URL": database_url, "TENURE_HOME": str(root)},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_company_on_postgres_has_the_figures_it_has_on_sqlite(tmp_path, postgres_url):
    company = ("demo", "--accounts", "40", "--months", "8", "--seed", "3", "--until", "2026-06-15")

    tenure(tmp_path / "embedded", *company)
    tenure(tmp_path / "server", *company, database_url=postgres_url)

    for question in ("churn", "mrr"):
        embedded = json.loads(tenure(tmp_path / "embedded", question, "--format", "json"))
        server = json.loads(
            tenure(tmp_path / "server", question, "--format", "json", database_url=postgres_url)
        )
        assert embedded
        assert server == embedded

    # Every page that a link leads to opens there, too.
    pages = json.loads(pages_of(tmp_path / "server", postgres_url))
    assert pages["failed"] == []
    assert len(pages["opened"]) > 60
    assert {"leaving", "reasons", "flow", "accounts", "visit"} <= set(pages["opened"])
