"""Giving an account of one's own for a wiki, by the API and on its page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_services.shares.publications.models import Credential, Target
from lodge_services.shares.publishing.leaving import forget_gone
from lodge_services.shares.service import SharesService
from lodge_services.shares.wikis.base import Place, Refused
from lodge_services.testing import FakeHub
from support.sharing import Browser, Caller, publish
from support.wiki_fake import WikiFake

GOOD = "the right token"


class Known(WikiFake):
    """A wiki that knows one account beside Lodge's."""

    def __init__(self, credential: Credential | None) -> None:
        super().__init__()
        self.credential = credential

    def who(self) -> str:
        if self.credential is not None and self.credential.token != GOOD:
            raise Refused("The wiki does not know this account.")
        return self.credential.user.title() if self.credential else "Lodge"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    def target(name: str, kind: str, *, own: bool, group: str = "") -> Target:
        groups = frozenset({group} if group else ())
        return Target(name, kind, Place(), groups, lambda own=None: Known(own), own_tokens=own)

    opened = SharesService.open(
        f"sqlite:///{tmp_path}/shares.sqlite",
        tmp_path / "store",
        wikis={
            "team": target("team", "mediawiki", own=True),
            "lodge": target("lodge", "mediawiki", own=False),
            "board": target("board", "mediawiki", own=True, group="board"),
        },
    )
    yield opened
    opened.close()


async def test_an_account_is_given_told_and_taken_back(ada: Caller, bob: Caller) -> None:
    one = "api/wikis/team/account"
    assert (await ada("GET", one))[0] == 404
    code, given = await ada("PUT", one, {"user": "ada", "token": GOOD})
    assert (code, given["user"], given["name"]) == (200, "ada", "Ada")
    _, told = await ada("GET", one)
    assert told == given
    assert GOOD not in str(told)
    assert (await bob("GET", one))[0] == 404
    assert (await bob("DELETE", one))[0] == 404
    assert (await ada("DELETE", one))[0] == 204
    assert (await ada("GET", one))[0] == 404


async def test_what_the_wiki_does_not_know_is_not_kept(ada: Caller) -> None:
    for wiki, body, status in (
        ("team", {"user": "ada", "token": "wrong"}, 400),
        ("team", {"token": GOOD}, 400),
        ("team", {"user": "ada", "token": ""}, 400),
        ("team", {"user": "ada"}, 400),
        ("lodge", {"user": "ada", "token": GOOD}, 400),
        ("board", {"user": "ada", "token": GOOD}, 403),
        ("none", {"user": "ada", "token": GOOD}, 404),
    ):
        code, said = await ada("PUT", f"api/wikis/{wiki}/account", body)
        assert code == status, (wiki, body, said)
        assert "wrong" not in said["message"]
    assert (await ada("GET", "api/wikis/team/account"))[0] == 404


async def test_no_token_comes_into_the_log(ada: Caller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await ada("PUT", "api/wikis/team/account", {"user": "ada", "token": GOOD})
    await ada("PUT", "api/wikis/team/account", {"user": "ada", "token": "wrong token", "x": 1})
    assert GOOD not in caplog.text
    assert "wrong token" not in caplog.text


async def test_the_page_takes_an_account_and_shows_no_token(
    ask: object, hub: FakeHub, ada: Caller, browser: Browser
) -> None:
    share = await publish(ada)
    page = (await browser.open(share["id"])).body.decode()
    assert "written by Lodge&#39;s account" in page
    address = "wikis/team/account"
    assert address in page
    assert (await browser.open(address)).code == 200
    refused = await browser.send(address, user="ada", token="wrong token")
    assert refused.code == 400
    assert "does not know this account" in refused.body.decode()
    assert "wrong token" not in refused.body.decode()
    assert 'value="ada"' in refused.body.decode()
    assert (await browser.send(address, user="ada", token=GOOD)).code == 303
    shown = (await browser.open(address)).body.decode()
    assert "written as Ada" in shown
    assert GOOD not in shown
    assert "written as Ada" in (await browser.open(share["id"])).body.decode()
    assert (await browser.send(address, action="take_back")).code == 303
    # Twice is once.
    assert (await browser.send(address, action="take_back")).code == 303
    assert "written by Lodge&#39;s account" in (await browser.open(share["id"])).body.decode()
    assert (await browser.open("wikis/lodge/account")).code == 400
    assert (await browser.open("wikis/none/account")).code == 404


async def test_who_gets_the_name_of_somebody_deleted_gets_no_account(
    ask: object, hub: FakeHub, ada: Caller, bob: Caller, service: SharesService
) -> None:
    accounts, one = service.publishing.accounts, "api/wikis/team/account"
    for caller, user in ((ada, "ada"), (bob, "bob")):
        assert (await caller("PUT", one, {"user": user, "token": GOOD}))[0] == 200
    del hub.users[ada.token]
    hub.down = True
    await forget_gone(hub.settings(), accounts, asyncio.to_thread)
    assert accounts.people() == ["ada", "bob"]
    hub.down = False
    await forget_gone(hub.settings(), accounts, asyncio.to_thread)
    assert accounts.people() == ["bob"]
    again = Caller(ask, hub.add_member("ada"))
    assert (await again("GET", one))[0] == 404
