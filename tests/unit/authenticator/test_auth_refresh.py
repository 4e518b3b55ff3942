"""Asking the provider again: one question at a time, and a failure is no refusal."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from lodge_authenticator import LodgeAuthenticator
from lodge_authenticator import authenticator as module
from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPClientError


class User:
    """A user of the hub, as far as a refresh knows one."""

    def __init__(self, name: str, state: dict[str, Any] | None) -> None:
        self.name = name
        self.state = state
        self.saved: list[Any] = []

    async def get_auth_state(self) -> dict[str, Any] | None:
        return self.state

    async def save_auth_state(self, state: Any) -> None:
        self.saved.append(state)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the provider answers, and how often it was asked, and at once."""
    found: dict[str, Any] = {"answer": {"auth_state": {"n": 1}}, "asked": 0, "now": 0, "most": 0}

    async def refresh(self: Any, user: Any, handler: Any = None, **_: Any) -> Any:
        found["asked"] += 1
        found["now"] += 1
        found["most"] = max(found["most"], found["now"])
        await asyncio.sleep(0)
        found["now"] -= 1
        if isinstance(found["answer"], Exception):
            # As oauthenticator has it: whatever fails at the token's address is a refusal.
            module._note_failure(found["answer"])
            return False
        return found["answer"]

    monkeypatch.setattr(GenericOAuthenticator, "refresh_user", refresh)
    return found


async def test_who_asks_at_once_gets_one_answer_which_is_kept(provider: dict[str, Any]) -> None:
    ada = User("ada", {"refresh_token": "r"})
    authenticator = LodgeAuthenticator(allow_all=True)
    answers = await asyncio.gather(*(authenticator.refresh_user(ada) for _ in range(5)))
    assert all(answers)
    assert (provider["asked"], provider["most"]) == (1, 1)
    assert ada.saved == [{"n": 1}]


async def test_a_refusal_is_one_and_is_asked_again(provider: dict[str, Any]) -> None:
    provider["answer"] = False
    ada = User("ada", {"refresh_token": "r"})
    authenticator = LodgeAuthenticator(allow_all=True)
    assert await authenticator.refresh_user(ada) is False
    assert await authenticator.refresh_user(ada) is False
    assert provider["asked"] == 2


@pytest.mark.parametrize("error", [HTTPClientError(502), ConnectionRefusedError()], ids=repr)
async def test_a_provider_that_fails_refuses_nobody(
    provider: dict[str, Any], error: Exception
) -> None:
    provider["answer"] = error
    authenticator, ada = LodgeAuthenticator(allow_all=True), User("ada", {"refresh_token": "r"})
    with pytest.raises(type(error)):
        await authenticator.refresh_user(ada)
    # A request of one who is signed in goes on, and the next one asks again.
    assert await authenticator.refresh_user(ada, object()) is True
    provider["answer"] = False
    assert await authenticator.refresh_user(ada, object()) is False


async def test_one_who_never_signed_in_has_nothing_to_refresh(provider: dict[str, Any]) -> None:
    assert await LodgeAuthenticator(allow_all=True).refresh_user(User("ada", None)) is True
    assert provider["asked"] == 0


async def test_one_who_left_the_allowed_groups_is_refused(provider: dict[str, Any]) -> None:
    authenticator = LodgeAuthenticator(allowed_groups={"analysts"}, allow_all=False)
    for groups, allowed in ((["analysts"], True), (["others"], False)):
        provider["answer"] = {"name": "ada", "admin": False, "groups": groups, "auth_state": {}}
        user = User("ada", {"refresh_token": "r"})
        authenticator._confirmed.clear()
        assert bool(await authenticator.refresh_user(user)) is allowed
