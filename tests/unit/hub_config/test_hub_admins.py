"""What admins may do in the servers of others: nothing, unless a setting lets them."""

from __future__ import annotations

import logging
from pathlib import Path

from jupyterhub import orm
from jupyterhub.auth import DummyAuthenticator
from lodge_hub.hub import ENTERING, LodgeHub


async def hub(database: Path, *, enter: bool) -> LodgeHub:
    """Return a hub whose roles are loaded."""
    made = LodgeHub(db_url=f"sqlite:///{database}", admins_enter_servers=enter)
    made.authenticator = DummyAuthenticator(parent=made)
    made.init_db()
    await made.init_role_creation()
    return made


def admins(hub: LodgeHub) -> set[str]:
    return set(orm.Role.find(hub.db, "admin").scopes)


async def test_admins_enter_servers_where_a_setting_lets_them(tmp_path: Path) -> None:
    database = tmp_path / "hub.sqlite"
    # One database, as an installation that changes its mind has.
    for enter in (False, False, True, False):
        made = await hub(database, enter=enter)
        found = admins(made)
        assert found.issuperset(ENTERING) if enter else found.isdisjoint(ENTERING)
        assert {"admin:users", "admin:servers", "admin-ui"} <= found
        made.db.close()


async def test_who_enters_the_server_of_another_is_in_the_log(tmp_path: Path) -> None:
    made = await hub(tmp_path / "hub.sqlite", enter=True)
    # Alembic, which makes the database, silences loggers that are there.
    made.log = logging.Logger("hub")
    said: list[str] = []

    def note(record: logging.LogRecord) -> bool:
        said.append(record.getMessage())
        return True

    made.log.addFilter(note)
    db = made.db
    ada, admin = orm.User(name="ada"), orm.User(name="admin")
    spawner = orm.Spawner(name="", user=ada)
    client = orm.OAuthClient(identifier="jupyterhub-user-ada", spawner=spawner)
    db.add_all([ada, admin, spawner, client])
    db.commit()
    for number, user in enumerate((ada, admin)):
        db.add(orm.APIToken(user=user, oauth_client=client, prefix=str(number), hashed=str(number)))
        db.commit()
    assert said == ["admin opened the server of ada"]
    db.close()
