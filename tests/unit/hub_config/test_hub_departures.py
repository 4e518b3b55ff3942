"""Who is gone: after two refusals in a row, and never because the provider fails."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from lodge_hub.departures import Departures

ADA: Any = SimpleNamespace(name="ada")


class Provider:
    """Answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def refresh_user(self, _: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("answers", "gone"),
    [
        ([True, True], False),
        ([False], False),
        ([False, False], True),
        ([False, True, False], False),
        ([False, True, False, False], True),
        ([False, OSError("away"), False], True),
        ([OSError("away")] * 5, False),
        ([False, *[OSError("away")] * 5], False),
    ],
)
async def test_two_refusals_make_somebody_gone_and_failures_nobody(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], gone: bool
) -> None:
    hub: Any = SimpleNamespace(authenticator=Provider(*answers), log=logging.getLogger("hub"))
    ended: list[str] = []

    async def end(_: Departures, user: Any) -> None:
        ended.append(user.name)

    monkeypatch.setattr(Departures, "end", end)
    departures = Departures(hub)
    for _ in answers:
        await departures._check(ADA)
    assert bool(ended) is gone
