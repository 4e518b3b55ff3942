"""Hive tables belong to somebody: what users can do to the catalogue, tried from two accounts."""

import os

import pytest
from support.hive import Metastore, User
from support.hive_users import refused, writes

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")


def test_everybody_has_a_schema_and_reads_all(hive: Metastore, ada: User, grace: User) -> None:
    assert {"ada", "grace", "default"} <= set(grace.ask("client.get_all_databases()"))
    assert grace.ask("client.get_database('grace').getOwnerName()") == grace.account.login
    assert ada.ask("client.get_database('ada').getLocationUri()") == f"file:{hive.warehouse}/ada.db"
    assert grace.ask("client.get_table('ada', 'orders').getTableName()") == "orders"
    assert grace.ask("client.get_partition_names('ada', 'orders', -1)") == ["part=first"]


def test_an_owner_is_who_is_really_there(ada: User) -> None:
    ada.ask("client.set_ugi('root', [])")
    for database, name in (("ada", "orders"), ("default", "notes")):
        owner = ada.ask(f"client.get_table('{database}', '{name}').getOwner()")
        assert owner == ada.account.login


#: A line of /proc/net/tcp: a connection from 127.0.0.1:40000 to :9083 of the user 1001.
LINE = (
    "  7: 0100007F:9C40 0100007F:237B 01 00000000:00000000 00:00000000 00000000  1001        0 4711"
)


@pytest.mark.parametrize(
    ("line", "uid"),
    [
        (LINE, 1001),
        (LINE.replace("0100007F", "0000000000000000FFFF00000100007F"), 1001),
        # The other end of the same connection, which is the metastore's own.
        (LINE.replace("0100007F:9C40 0100007F:237B", "0100007F:237B 0100007F:9C40"), -1),
        # What is closed already, waits, or is torn down is told as root's.
        (LINE.replace("1001        0 4711", "   0        0 0"), -1),
        (LINE.replace(" 01 ", " 06 ").replace("1001", "   0"), -1),
        (LINE.replace("9C40", "9C41"), -1),
        ("", -1),
    ],
)
def test_a_connection_is_its_open_socket_s(ada: User, line: str, uid: int) -> None:
    assert ada.ask(f"uid_of('  sl  local_address rem_address   st', {line!r})") == uid


@pytest.mark.parametrize(
    "code",
    [
        "client.drop_table('ada', 'orders', True)",
        "client.drop_table('ADA ', 'Orders', False)",
        "client.drop_table('default', 'notes', True)",
        "client.drop_database('ada', True, True)",
        "client.drop_database('default', True, True)",
        "client.alter_database('ada', client.get_database('ada'))",
        "client.create_table(table('ada', 'mine'))",
        "client.alter_table('ada', 'orders', changed('ada', 'orders', x='y'))",
        "client.alter_table('ada', 'orders', table('grace', 'orders'))",
        "client.alter_table('ada', 'orders', table('ada', 'orders', owner='x'))",
        "client.alter_table_with_cascade('ada', 'orders', table('ada', 'o'), True)",
        "client.add_partition(partition('ada', 'orders', 'p'))",
        "client.add_partitions([partition('ada', 'orders', 'p')])",
        (
            "client.add_partitions_req(api.AddPartitionsRequest("
            "'ada', 'orders', [partition('ada', 'orders', 'p')], True))"
        ),
        "client.append_partition('ada', 'orders', ['p'])",
        "client.append_partition_by_name('ada', 'orders', 'part=p')",
        "client.alter_partition('ada', 'orders', partition('ada', 'orders', 'first'))",
        "client.alter_partitions('ada', 'orders', [partition('ada', 'orders', 'first')])",
        "client.rename_partition('ada', 'orders', ['first'], partition('ada', 'orders', 'p'))",
        "client.drop_partition('ada', 'orders', ['first'], True)",
        "client.drop_partition_by_name('ada', 'orders', 'part=first', True)",
        "client.exchange_partition({'part': 'first'}, 'ada', 'orders', 'grace', 'x')",
        "client.delete_table_column_statistics('ada', 'orders', 'n')",
        (
            "client.update_table_column_statistics(api.ColumnStatistics("
            "api.ColumnStatisticsDesc(True, 'ada', 'orders'), []))"
        ),
        "client.drop_function('ada', 'f')",
        "client.alter_function('ada', 'f', function('ada', 'f'))",
        "client.create_function(function('default', 'f'))",
        "client.create_role(api.Role('r', 1, 'grace'))",
        "client.grant_privileges(api.PrivilegeBag([]))",
        "client.add_token('a', 'b')",
        "client.add_master_key('k')",
        "client.get_master_keys()",
        "client.setMetaConf('hive.metastore.try.direct.sql', 'false')",
        "client.get_config_value('javax.jdo.option.ConnectionPassword', '')",
        (
            "client.get_partitions_by_expr(api.PartitionsByExprRequest("
            "'ada', 'orders', jvm.java.nio.ByteBuffer.allocate(8)))"
        ),
        "client.get_fields('ada', 'orders')",
        "client.create_table_with_constraints(table('grace', 'c'), [], [])",
        "client.create_database(api.Database('global_temp', '', None, {}))",
    ],
)
def test_what_is_anothers_stays(ada: User, grace: User, code: str) -> None:
    refused(grace, code)
    assert ada.ask("client.get_table('ada', 'orders').getOwner()") == ada.account.login
    assert ada.ask("client.get_table('ada', 'orders').getParameters().get('x')") is None
    assert ada.ask("client.get_partition_names('ada', 'orders', -1)") == ["part=first"]
    assert ada.ask("client.get_all_tables('default')") == ["notes"]
    assert ada.ask("client.get_functions('ada', '*')") == ["f"]


def test_a_refusal_says_whom_to_ask(ada: User, grace: User) -> None:
    dropped = refused(grace, "client.drop_table('ada', 'orders', True)")
    assert "MetaException" in dropped
    assert (
        "grace may not drop the table ada.orders: it belongs to ada. Ask ada to do it, or copy it "
        "to a table of your own." in dropped
    )
    written = refused(grace, "client.append_partition('ada', 'orders', ['p'])")
    assert "Ask ada to name grace in the property lodge.writers of the database ada, or" in written
    assert "is not open to users of Lodge" in refused(grace, "client.add_master_key('k')")


@pytest.mark.parametrize(
    "place",
    [
        "{warehouse}/ada.db/orders",
        "{warehouse}/grace.db",
        "{warehouse}/grace.db/../ada.db/new",
        "{warehouse}/grace.db/other",
        "{warehouse}",
        "{homes}/ada/data",
        "{homes}/grace",
        "{homes}/grace/../ada/data",
        "/etc/lodge",
        "file:///tmp/x",
        "FILE:/tmp/x",
    ],
)
def test_tables_lie_where_they_may(hive: Metastore, grace: User, place: str) -> None:
    where = place.format(warehouse=hive.warehouse, homes=hive.settings.homes)
    for code in (
        f"client.create_table(table('grace', 't', '{where}', kind='EXTERNAL_TABLE'))",
        f"client.create_table(table('grace', 't', path='{where}'))",
        f"client.create_database(api.Database('more', '', '{where}', {{}}))",
    ):
        assert "can't have a table in" in refused(grace, code)


def test_a_table_moves_and_its_partitions_too(hive: Metastore, ada: User, grace: User) -> None:
    home = hive.settings.homes + "/grace/data"
    # As Spark keeps a table of its own kinds that lies elsewhere.
    placeholder = f"{hive.warehouse}/grace.db/out-__PLACEHOLDER__"
    kept = f"table('grace', 'out', '{placeholder}', '{{}}', kind='EXTERNAL_TABLE')"
    grace.ask(f"client.create_table({kept.format(home)})")
    grace.ask("client.append_partition('grace', 'out', ['a'])")
    elsewhere = f"{hive.warehouse}/ada.db/orders/part=first"
    for code in (
        f"client.add_partition(partition('grace', 'out', 'b', '{elsewhere}'))",
        f"client.alter_partition('grace', 'out', partition('grace', 'out', 'a', '{elsewhere}'))",
        f"client.alter_table('grace', 'out', table('grace', 'out', '{elsewhere}'))",
        f"client.alter_table('grace', 'out', {kept.format(elsewhere)})",
    ):
        assert "can't have a table in" in refused(grace, code)
    grace.ask("client.create_table(table('grace', 'first'))")
    moved = f"table('grace', 'second', '{hive.warehouse}/grace.db/first')"
    grace.ask(f"client.alter_table('grace', 'first', {moved})")
    assert (hive.warehouse / "grace.db" / "second").is_dir()
    grace.ask("client.drop_table('grace', 'second', True)")
    assert not (hive.warehouse / "grace.db" / "second").exists()


def test_a_folder_of_somebody_else_or_a_link_is_no_tables(
    hive: Metastore, ada: User, grace: User
) -> None:
    taken = hive.warehouse / "taken"
    taken.mkdir()
    os.chown(taken, ada.account.uid or 0, 0)
    (hive.warehouse / "linked").symlink_to(hive.warehouse / "ada.db")
    os.chown(hive.warehouse / "linked", grace.account.uid or 0, 0, follow_symlinks=False)
    assert "somebody else" in refused(grace, "client.create_table(table('default', 'taken'))")
    assert "is a link" in refused(grace, "client.create_table(table('default', 'linked'))")
    ada.ask("client.create_table(table('default', 'taken'))")
    ada.ask("client.drop_table('default', 'taken', True)")


def test_the_owner_of_a_database_lets_others_write(hive: Metastore, ada: User, grace: User) -> None:
    ada.ask("client.create_table(table('ada', 'common'))")
    told = "client.alter_table('ada', 'common', changed('ada', 'common', {}))"
    opened = "client.alter_database('ada', opened('ada', '{}'))"
    ada.ask(opened.format("linus, grace"))
    folder = hive.warehouse / "ada.db"
    assert writes(grace, folder / "common")
    grace.ask("client.append_partition('ada', 'common', ['p'])")
    grace.ask("client.create_table(table('ada', 'beside'))")
    grace.ask(told.format("rows='7'"))
    assert ada.ask("client.get_table('ada', 'common').getOwner()") == ada.account.login
    refused(grace, "client.drop_table('ada', 'common', True)")
    refused(grace, told.format("EXTERNAL='TRUE'"))
    refused(grace, "client.alter_table('ada', 'common', table('grace', 'common'))")
    refused(grace, opened.format("grace"))
    ada.ask(opened.format(""))
    refused(grace, "client.append_partition('ada', 'common', ['q'])")
    assert not writes(grace, folder / "common")
    assert writes(ada, folder / "beside")
    for name in ("common", "beside"):
        ada.ask(f"client.drop_table('ada', '{name}', True)")
        assert not (folder / name).exists()


def test_folders_are_whose_tables_they_hold(hive: Metastore, ada: User, grace: User) -> None:
    ada.ask("client.create_table(table('default', 'filled'))")
    ada.ask("client.append_partition('default', 'filled', ['p'])")
    folder = hive.warehouse / "filled"
    for path in (hive.warehouse / "ada.db", folder, folder / "part=p"):
        assert path.stat().st_uid == ada.account.uid
        assert writes(ada, path)
        assert not writes(grace, path)
    ada.ask("client.drop_table('default', 'filled', True)")
    assert not folder.exists()


def test_a_view_has_no_folder(hive: Metastore, ada: User, grace: User) -> None:
    elsewhere = f"{hive.warehouse}/ada.db/orders"
    view = f"table('grace', 'seen', {elsewhere!r}, kind='VIRTUAL_VIEW')"
    assert "can't have a table in" in refused(grace, f"client.create_table({view})")
    grace.ask("client.create_table(table('grace', 'seen', kind='VIRTUAL_VIEW'))")
    for changed in (view, view.replace("VIRTUAL_VIEW", "MANAGED_TABLE")):
        refused(grace, f"client.alter_table('grace', 'seen', {changed})")
    grace.ask("client.drop_table('grace', 'seen', True)")
