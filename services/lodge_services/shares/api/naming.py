"""Whom a share's owner names as its readers: logins, full names or groups that the hub knows."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ...errors import BadRequest, Unavailable
from ...web.asking import hub_says
from ...web.people import People
from ...web.settings import HubSettings
from ..models import Readers
from .wire import ReadersModel


class Naming:
    """Finds whom names stand for.

    Parameters
    ----------
    hub
        The hub.
    people
        Knows what people are called in full.
    """

    def __init__(self, hub: HubSettings, people: People) -> None:
        self._hub = hub
        self._people = people

    async def readers(self, named: ReadersModel) -> Readers:
        """Return those who are named.

        Parameters
        ----------
        named
            By whoever changes a share; what nobody among its people is called may be a group.

        Raises
        ------
        BadRequest
            There is nobody, or no group, of a name.
        Unavailable
            The hub does not say.
        """
        if named.everyone:
            return Readers()
        await self._people.fresh()
        people, groups = set(), set()
        for name in named.people:
            login = await self._person(name)
            if login:
                people.add(login)
            elif await self._is("groups", name):
                groups.add(name)
            else:
                raise BadRequest(
                    "reader_unknown",
                    f"Lodge knows nobody and no group of the name {name!r}; "
                    "people can be named once they have signed in, by login or full name.",
                )
        for name in named.groups:
            if not await self._is("groups", name):
                raise BadRequest("reader_unknown", f"Lodge knows no group of the name {name!r}.")
            groups.add(name)
        return Readers(everyone=False, groups=frozenset(groups), people=frozenset(people))

    async def person(self, name: str) -> str:
        """Return the login of somebody who is named.

        Raises
        ------
        BadRequest
            Nobody, or more than one, has that name.
        Unavailable
            The hub does not say.
        """
        await self._people.fresh()
        login = await self._person(name)
        if not login:
            raise BadRequest(
                "person_unknown",
                f"Lodge knows nobody of the name {name!r}, or more than one; people can be named "
                "once they have signed in, by login or full name.",
            )
        return login

    async def mentions(self, names: Sequence[str]) -> dict[str, str]:
        """Return the logins of those who are named; what nobody is called is left out.

        Raises
        ------
        Unavailable
            The hub does not say.
        """
        if not names:
            return {}
        await self._people.fresh()
        found = {name: await self._login(name) or self._called(name) for name in names}
        if not all(found.values()):
            # However many are unknown, the hub is asked for new names once.
            await self._people.newest()
            found = {name: login or self._called(name) for name, login in found.items()}
        return {name: login for name, login in found.items() if login}

    async def _person(self, name: str) -> str:
        """Return somebody's login, "" where nobody has that name."""
        found = await self._login(name) or self._called(name)
        if not found:
            # They may have signed in for the first time just now.
            await self._people.newest()
            found = self._called(name)
        return found

    async def _login(self, name: str) -> str:
        for login in dict.fromkeys((name, name.lower())):
            if await self._is("users", login):
                return login
        return ""

    def _called(self, name: str) -> str:
        called = self._people.called(name)
        return called[0] if len(called) == 1 else ""

    async def _is(self, kind: str, name: str) -> bool:
        status, _said = await hub_says(self._hub, f"{kind}/{quote(name, safe='')}")
        if status not in (200, 404):
            raise Unavailable(
                "hub_unavailable",
                f"The hub did not say whether there is {name!r}; nothing was changed. "
                "Try again in a minute.",
            )
        return status == 200
