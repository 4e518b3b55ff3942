"""What Lodge does for users in the warehouse, whose folders are theirs, and what it refuses."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from lodge_hub.machine.warehouse import Warehouse
from lodge_spawner import Account
from support.hive import Metastore, RefusedError, User
from support.hive_users import by, writes
from support.lodge import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("make grace {warehouse}/ada.db/made", "Permission denied"),
        ("make grace {warehouse}/link/made", "Permission denied"),
        ("make grace {warehouse}/file/made", "Not a directory"),
        ("remove grace {warehouse}/of-ada", "Operation not permitted"),
        ("remove grace {warehouse}/link/conf", "Not a directory"),
        ("remove grace {homes}/ada", "Permission denied"),
        ("remove grace {folder}/conf", "Permission denied"),
        ("remove grace {warehouse}/nosuch/x", "done"),
        ("move grace {warehouse}/of-ada {warehouse}/taken-over", "Operation not permitted"),
        ("move grace {warehouse}/of-grace {warehouse}/ada.db/x", "Permission denied"),
        ("move grace {warehouse}/of-grace {warehouse}/of-ada", "its new place is taken"),
        ("move grace {warehouse}/link/conf {warehouse}/of-grace/conf", "Not a directory"),
        ("open grace {warehouse}/link", "Not a directory"),
        ("open grace {warehouse}/../metastore", "no folder of the warehouse"),
        ("open grace {folder}", "no folder of the warehouse"),
        ("open grace {warehouse}", "no user's"),
        ("make service:metastore {warehouse}/made", "no such user"),
        ("make nobody {warehouse}/made", "no such user"),
        ("make grace", "nothing that Lodge does"),
        ("give grace {warehouse}/of-ada", "not what the metastore made"),
        ("give grace {warehouse}", "not what the metastore made"),
        ("give grace {warehouse}/link", "Not a directory"),
        ("give grace {folder}", "no folder of the warehouse"),
    ],
)
def test_lodge_does_for_users_what_they_may(
    hive: Metastore, ada: User, grace: User, keeper: Warehouse, asked: str, reason: str
) -> None:
    names = ("link", "file", "of-grace", "of-ada")
    link, file, *folders = (hive.warehouse / name for name in names)
    places = {"warehouse": hive.warehouse, "homes": hive.settings.homes}
    line = asked.format(**places, folder=hive.settings.folder).replace(" ", "\0")
    try:
        # Whoever may write in the warehouse has led it to a folder that is the metastore's.
        link.symlink_to(hive.settings.folder)
        file.touch()
        for folder, user in zip(folders, (grace, ada), strict=True):
            folder.mkdir()
            os.chown(folder, user.account.uid or 0, user.account.gid or 0)
        before = sorted(hive.warehouse.rglob("*"))
        assert reason in asyncio.run(keeper.answer(line))
        assert sorted(hive.warehouse.rglob("*")) == before
        assert Path(hive.settings.folder, "conf").is_dir()
        assert Path(hive.settings.homes, "ada").is_dir()
    finally:
        link.unlink()
        file.unlink()
        for folder in folders:
            folder.rmdir()


def test_no_link_leads_the_metastore_to_what_is_anothers(
    hive: Metastore, ada: User, grace: User
) -> None:
    ada.ask("client.create_table(table('ada', 'linked'))")
    ada.ask("client.append_partition('ada', 'linked', ['p'])")
    ada.ask("client.append_partition('ada', 'linked', ['q'])")
    before = sorted((hive.warehouse / "ada.db").rglob("*"))
    grace.ask("client.create_table(table('grace', 'linked'))")
    grace.ask("client.create_table(table('grace', 'conf'))")
    grace.ask("client.append_partition('grace', 'linked', ['p'])")
    grace.ask("client.append_partition('grace', 'linked', ['q'])")
    own, aside = hive.warehouse / "grace.db", hive.warehouse / "aside"
    try:
        # Her database's folder is hers, and so is its name.
        by(grace, "mv", str(own), str(aside))
        by(grace, "ln", "-s", "ada.db", str(own))
        moved = f"table('default', 'linked', '{own}/linked')"
        for code in (
            "client.drop_partition('grace', 'linked', ['p'], True)",
            "client.rename_partition('grace', 'linked', ['q'], partition('grace', 'linked', 'r'))",
            "client.append_partition('grace', 'linked', ['s'])",
            f"client.alter_table('grace', 'linked', {moved})",
        ):
            with pytest.raises(RefusedError):
                grace.ask(code)
        grace.ask("client.drop_table('grace', 'linked', True)")
        assert sorted((hive.warehouse / "ada.db").rglob("*")) == before
        by(grace, "ln", "-sfn", hive.settings.folder, str(own))
        grace.ask("client.drop_table('grace', 'conf', True)")
        assert Path(hive.settings.folder, "conf", "hive-site.xml").is_file()
    finally:
        own.unlink()
        aside.rename(own)
    ada.ask("client.drop_table('ada', 'linked', True)")
    shutil.rmtree(own / "linked")
    (own / "conf").rmdir()


def test_what_the_metastore_made_before_is_given_to_whom_it_belongs(
    hive: Metastore, ada: User
) -> None:
    account = hive.accounts.ensure("linus")
    root = Account("root", "root", 0, 0, "root", Path("/root"))
    with hive.user(root) as platform:
        # Lodge itself is not guarded: it finds what an earlier one has left.
        platform.ask(f"client.create_table(table('default', 'old', owner='{account.login}'))")
        platform.ask("client.append_partition('default', 'old', ['p'])")
        platform.ask("client.create_table(table('default', 'lodges'))")
    folder, other = hive.warehouse / "old", hive.warehouse / "lodges"
    folder.chmod(0o1777)
    service = other.stat().st_uid
    assert folder.stat().st_uid == service
    with hive.user(account) as linus:
        linus.ask("client.get_all_databases()")
        wait_for(lambda: folder.stat().st_uid == account.uid, 30, "the folder is given")
        wait_for(lambda: (folder / "part=p").stat().st_uid == account.uid, 30, "partitions, too")
        assert writes(linus, folder / "part=p")
        assert not writes(ada, folder)
        assert other.stat().st_uid == service
        linus.ask("client.drop_table('default', 'old', True)")
    assert not folder.exists()
    with hive.user(root) as platform:
        platform.ask("client.drop_table('default', 'lodges', True)")


def test_lodge_opens_what_is_in_a_database_and_follows_no_link(
    hive: Metastore, ada: User, grace: User, keeper: Warehouse, tmp_path: Path
) -> None:
    database, outside = hive.warehouse / "ada.db", tmp_path / "outside"

    def opens(names: str) -> str:
        return asyncio.run(keeper.answer(f"open\0{names}\0{database}"))

    outside.mkdir()
    deep = database.joinpath("deep", *["d"] * 200)
    deep.mkdir(parents=True)
    (database / "deep" / "link").symlink_to(outside)
    try:
        assert opens("grace,nosuch") == "done"
        assert writes(grace, database / "deep" / "d")
        assert not writes(grace, deep)
        assert "system.posix_acl_access" not in os.listxattr(outside)
        assert opens("") == "done"
        assert not writes(grace, database / "deep" / "d")
    finally:
        shutil.rmtree(database / "deep")
