"""What the question in a page offers comes from memory, and seldom from the state."""

import asyncio

import pytest
from django.db.utils import OperationalError

from tenure.app.asked_outcomes import AskedOutcomes
from tenure.base.errors import Unavailable


def test_the_list_is_read_seldom_and_outlives_a_state_that_cannot_be_read():
    now, answers = [0.0], [[{"name": "a", "title": "A"}], OperationalError("gone"), []]

    def load():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def asked_at(*times):
        outcomes = AskedOutcomes(load, keep_s=10, monotonic=lambda: now[0])
        told = []
        for now[0] in times:
            told.append(len(await outcomes()))
        return told

    assert asyncio.run(asked_at(0, 9, 10, 19, 20)) == [1, 1, 1, 1, 0]
    answers.append(OperationalError("gone"))
    with pytest.raises(Unavailable, match="ask again in a few seconds"):
        asyncio.run(asked_at(30))
