import pytest
from tracking_world import Tracked


@pytest.fixture
def tracked(home):
    """The tracking API with default limits over an empty home."""
    world = Tracked(home)
    yield world
    world.close()


@pytest.fixture
def tracked_with(home):
    """The same with limits or keys of one's own: `tracked_with(limits=Limits(...))`."""
    worlds = []

    def build(**more):
        worlds.append(Tracked(home, **more))
        return worlds[-1]

    yield build
    for world in worlds:
        world.close()


@pytest.fixture
def tracked_in_memory(home):
    world = Tracked(home, in_memory=True)
    yield world
    world.close()
