"""One metastore and two users of it."""

from collections.abc import Iterator

import pytest
from lodge_hub.machine.warehouse import Warehouse
from support.hive import Metastore, User, metastore


@pytest.fixture(scope="package")
def hive() -> Iterator[Metastore]:
    with metastore() as running:
        yield running


@pytest.fixture(scope="package")
def ada(hive: Metastore) -> Iterator[User]:
    with hive.user(hive.accounts.ensure("ada")) as user:
        user.ask("client.create_table(table('ada', 'orders'))")
        user.ask("client.add_partition(partition('ada', 'orders', 'first'))")
        user.ask("client.create_table(table('default', 'notes'))")
        user.ask("client.create_function(function('ada', 'f'))")
        yield user


@pytest.fixture(scope="package")
def grace(hive: Metastore) -> Iterator[User]:
    with hive.user(hive.accounts.ensure("grace")) as user:
        yield user


@pytest.fixture
def keeper(hive: Metastore) -> Warehouse:
    return Warehouse(hive.warehouse, hive.accounts.ensure("service:metastore"), hive.accounts)
