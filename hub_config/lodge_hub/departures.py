"""People who are gone: what of theirs still goes on ends, and starts no more."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from jupyterhub import orm
from jupyterhub.app import JupyterHub

#: Users whom the provider does not let sign in any more are in it until it does again: the groups
#: of a sign-in replace it.
GONE = "lodge-gone"
#: How often the provider is asked about everybody who has signed in: seconds.
EVERY_S = 20.0
#: How many refusals in a row make somebody gone, and how many questions go on at once.
REFUSALS, AT_ONCE = 2, 4


class Departures:
    """Ends sessions, tokens and servers of users who may not sign in any more.

    Parameters
    ----------
    hub
        JupyterHub.
    """

    def __init__(self, hub: JupyterHub) -> None:
        self._hub = hub
        self._refused: Counter[str] = Counter()
        self._swept: set[str] = set()

    async def look(self) -> None:
        """Ask about everybody who has signed in, and end what goes on of those who are gone."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def check(user: Any) -> None:
            async with slots:
                # Runs were ended in order meanwhile.
                await (self._sweep(user) if self._is_left(user) else self._check(user))

        known = self._hub.db.query(orm.User).filter(orm.User.encrypted_auth_state.is_not(None))
        users = [self._hub.users[each] for each in known]
        await asyncio.gather(*(check(user) for user in users if self._goes_on(user)))

    def _goes_on(self, user: Any) -> bool:
        """Tell whether there is anything to end, or somebody not known to be gone."""
        return not self._is_left(user) or user.name not in self._swept

    def _is_left(self, user: Any) -> bool:
        """Tell whether somebody is gone, and their servers are."""
        gone = any(group.name == GONE for group in user.orm_user.groups)
        return gone and not any(spawner.active for spawner in user.spawners.values())

    async def _sweep(self, user: Any) -> None:
        """End what hides from the servers of somebody who is gone."""
        end_account = getattr(user.spawner, "end_account", None)
        if end_account is not None:
            await end_account()
        self._swept.add(user.name)

    async def _check(self, user: Any) -> None:
        try:
            found = await self._hub.authenticator.refresh_user(user)
        except Exception as error:
            # It says nothing of the user; the next look asks again.
            self._hub.log.warning("Whether %s may sign in is not known: %s", user.name, error)
            return
        if found:
            del self._refused[user.name]
            return
        self._refused[user.name] += 1
        if self._refused[user.name] >= REFUSALS:
            await self.end(user)

    async def end(self, user: Any) -> None:
        """End the sessions, the servers and the tokens of a user."""
        hub = self._hub
        self._swept.discard(user.name)
        hub.log.warning("%s may not sign in any more: sessions, tokens and servers end", user.name)
        group = orm.Group.find(hub.db, GONE)
        if group is None:
            group = orm.Group(name=GONE)
            hub.db.add(group)
        if user.orm_user not in group.users:
            group.users.append(user.orm_user)
        user.orm_user.cookie_id = orm.new_token()
        hub.db.commit()
        for name, spawner in list(user.spawners.items()):
            if spawner.ready:
                await hub.proxy.delete_user(user, name)
                await user.stop(name)
        for token in list(user.orm_user.api_tokens):
            hub.db.delete(token)
        hub.db.commit()
