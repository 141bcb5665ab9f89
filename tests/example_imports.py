"""The example maps on the shared data, imported once for all tests of a module that look at them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from import_world import MORNING, ImportWorld
from tenure.base.home import Home
from tenure.collect.models import QualityFinding
from tenure.collect.quality import find_contradictions

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def example(
    request, shared_data, tmp_path_factory, django_db_setup, django_db_blocker
) -> Iterator[Callable]:
    """`example(name)`: the world, the run, and the findings by code, of one data set."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield lambda name: bring_example(name, shared_data, tmp_path_factory.mktemp(name))
        transaction.set_rollback(True)


def bring_example(name: str, shared_data: Path, folder: Path) -> tuple:
    (folder / "home").mkdir()
    world = ImportWorld(Home(folder / "home"), shared_data / name)
    map_text = (EXAMPLES / name / "map.toml").read_text("utf-8")
    run = world.bring(map_text)
    findings: dict[str, QualityFinding] = {
        finding.code: finding for finding in find_contradictions(world.home, name, "UTC", MORNING)
    }
    return world, run, findings
