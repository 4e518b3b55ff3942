"""Publishing, finding, changing and deleting shares."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from lodge_services.db.engine import Database, make_engine
from lodge_services.db.migrate import downgrade, upgrade
from lodge_services.errors import BadRequest, Forbidden, Gone, NotFound
from lodge_services.shares.core import Shares
from lodge_services.shares.models import Actor, Search
from lodge_services.shares.notebooks import Origin
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from lodge_services.shares.stores.folder import FolderStore
from lodge_services.shares.tables import SharesBase
from lodge_services.shares.tickets import LIFETIME
from sqlalchemy.exc import OperationalError
from support.sharing import Clock

ADA, BOB = Actor("ada"), Actor("bob")
ADMIN = Actor("root", admin=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Iterator[SharesService]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store", clock)
    yield opened
    opened.close()


@pytest.fixture
def shares(service: SharesService) -> Shares:
    return service.shares


def notebook(text: str = "1", **metadata: Any) -> Any:
    cells = [nbformat.v4.new_code_cell(text, id="one")]
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def test_create_and_read(shares: Shares) -> None:
    share = shares.create(
        ADA, title="Delays", description="Why", tags=["a", "b"], notebook=notebook("x = 1")
    )
    assert shares.get(BOB, share.id) == share
    assert (share.owner, share.version, share.tags, share.forks) == ("ada", 1, ("a", "b"), 0)
    assert len(share.id) == 12
    assert shares.notebook(BOB, share.id, 1)["cells"][0]["source"] == "x = 1"


def test_secrets_can_be_refused(shares: Shares) -> None:
    key = "".join(("ghp_", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"))
    strict = Shares(shares.database, shares.store, shares.clock, refuse_secrets=True)
    share = strict.create(ADA, title="T", notebook=notebook("x = 1"))
    with pytest.raises(BadRequest, match="GitHub Token in cell 1") as told:
        strict.update(ADA, share.id, notebook=notebook(f"x = '{key}'"))
    assert key not in str(told.value)
    assert strict.get(ADA, share.id).version == 1
    assert shares.update(ADA, share.id, notebook=notebook(f"x = '{key}'")).version == 2


def test_new_content_is_a_new_version_and_old_ones_stay(shares: Shares) -> None:
    share = shares.create(ADA, title="T", notebook=notebook("one"))
    same = shares.update(ADA, share.id, notebook=notebook("one", lodge={"share": {"id": share.id}}))
    assert (same.version, same.updated_at) == (1, share.updated_at)
    changed = shares.update(ADA, share.id, notebook=notebook("two"))
    assert changed.version == 2
    assert changed.updated_at > share.updated_at
    assert shares.notebook(BOB, share.id, 1)["cells"][0]["source"] == "one"
    back = shares.update(ADA, share.id, notebook=notebook("one"))
    assert (back.version, back.digest) == (3, share.digest)
    assert [version.number for version in shares.versions(BOB, share.id)] == [3, 2, 1]


def test_details_change_without_a_version(shares: Shares) -> None:
    share = shares.create(ADA, title="T", tags=["a", "b"], notebook=notebook())
    changed = shares.update(ADA, share.id, title="U", tags=["B", "c", "a"])
    assert (changed.title, changed.tags, changed.version) == ("U", ("B", "c", "a"), 1)
    assert shares.list(BOB, Search(tag="b")).items == [changed]
    assert shares.update(ADA, share.id, tags=[]).tags == ()


def test_only_owner_or_admin_changes(shares: Shares) -> None:
    share = shares.create(ADA, title="T", notebook=notebook())
    for act in (shares.delete, shares.restore, lambda a, i: shares.update(a, i, title="x")):
        with pytest.raises(Forbidden) as caught:
            act(BOB, share.id)
        assert caught.value.reason == "not_owner"
    assert shares.update(ADMIN, share.id, title="x").owner == "ada"


def test_bad_notebook_leaves_nothing(shares: Shares, tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        shares.create(ADA, title="T", notebook={"nbformat": 4})
    assert shares.count(BOB) == 0
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_deleting_and_undoing(shares: Shares, clock: Clock) -> None:
    share = shares.create(ADA, title="T", tags=["a"], notebook=notebook())
    shares.delete(ADA, share.id)
    for read in (
        lambda: shares.get(BOB, share.id),
        lambda: shares.versions(BOB, share.id),
        lambda: shares.notebook(BOB, share.id, 1),
        lambda: shares.delete(ADA, share.id),
        lambda: shares.update(ADA, share.id, title="x"),
    ):
        with pytest.raises(NotFound):
            read()
    assert (shares.list(BOB).items, shares.count(BOB), shares.tags(BOB)) == ([], 0, [])
    assert shares.deleted(ADA, share.id) is not None
    assert shares.deleted(BOB, share.id) is None
    assert shares.restore(ADA, share.id) == share
    assert shares.deleted(ADA, share.id) is None
    shares.delete(ADA, share.id)
    clock.now += UNDO_TIME
    with pytest.raises(NotFound):
        shares.restore(ADA, share.id)
    assert shares.deleted(ADA, share.id) is None


def test_purge(service: SharesService, clock: Clock, tmp_path: Path) -> None:
    shares = service.shares
    gone = shares.create(ADA, title="gone", tags=["a"], notebook=notebook("1"))
    kept = shares.create(ADA, title="kept", notebook=notebook("2"))
    service.tickets.issue(BOB, gone.id)
    shares.delete(ADA, gone.id)
    assert shares.purge() == 0
    clock.now += UNDO_TIME
    assert shares.purge() == 1
    assert [share.id for share in shares.list(BOB).items] == [kept.id]
    with sqlite3.connect(tmp_path / "shares.sqlite") as database:
        for table in ("share_tags", "fork_tickets"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM share_versions").fetchone() == (1,)
    database.close()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("delay", ["Flight DELAYS"]),
        ("flight delays", ["Flight DELAYS"]),
        ("延误", ["航班延误"]),
        ("航班 王", ["航班延误"]),
        ("100%", ["100% sure"]),
        ("%", ["100% sure"]),
        ("_", ["under_score"]),
        ("\\", []),
        ("ÜBER", ["über"]),
        ("ＤＥＬＡＹ", ["Flight DELAYS"]),
        ("weekly", ["under_score"]),
        ("nothing like it", []),
        ("'; DROP TABLE shares; --", []),
    ],
)
def test_search(shares: Shares, words: str, found: list[str]) -> None:
    shares.create(ADA, title="Flight DELAYS", notebook=notebook())
    shares.create(Actor("王小明"), title="航班延误", notebook=notebook())
    shares.create(ADA, title="100% sure", notebook=notebook())
    shares.create(ADA, title="under_score", tags=["Weekly"], notebook=notebook())
    shares.create(ADA, title="über", notebook=notebook())
    assert [share.title for share in shares.list(BOB, Search(words)).items] == found
    assert shares.count(BOB, Search(words)) == len(found)


def test_search_in_the_text_of_cells(shares: Shares) -> None:
    share = shares.create(ADA, title="One", notebook=notebook("SELECT carrier_delay FROM flights"))
    shares.create(ADA, title="Two", notebook=notebook("航班延误"))
    found = [s.title for s in shares.list(BOB, Search("CARRIER_delay one")).items]
    assert found == ["One"]
    assert [s.title for s in shares.list(BOB, Search("延误")).items] == ["Two"]
    shares.update(ADA, share.id, notebook=notebook("other"))
    assert shares.count(BOB, Search("carrier_delay")) == 0


def test_filters_and_tags(shares: Shares) -> None:
    shares.create(ADA, title="1", tags=["Sales"], notebook=notebook())
    shares.create(BOB, title="2", tags=["sales", "other"], notebook=notebook())
    assert [s.title for s in shares.list(BOB, Search(tag="SALES")).items] == ["2", "1"]
    assert [s.title for s in shares.list(BOB, Search(owner="ada", tag="sales")).items] == ["1"]
    assert [(t.tag.lower(), t.shares) for t in shares.tags(BOB)] == [("sales", 2), ("other", 1)]
    gone = shares.create(ADA, title="3", tags=["sales", "gone"], notebook=notebook())
    assert [t.shares for t in shares.tags(BOB)] == [3, 1, 1]
    shares.delete(ADA, gone.id)
    assert [(t.tag.lower(), t.shares) for t in shares.tags(BOB)] == [("sales", 2), ("other", 1)]


def test_pages_are_stable_under_inserts(shares: Shares) -> None:
    made = [shares.create(ADA, title=str(n), notebook=notebook()).id for n in range(7)]
    seen, cursor = [], None
    for turn in range(4):
        page = shares.list(BOB, cursor=cursor, limit=2)
        seen += [share.id for share in page.items]
        shares.create(BOB, title=f"new {turn}", notebook=notebook())
        cursor = page.next_cursor
    assert seen == made[::-1]
    assert cursor is None


def test_equal_times_page_by_id(shares: Shares, clock: Clock) -> None:
    fixed = clock()
    shares.clock = lambda: fixed
    made = {shares.create(ADA, title=str(n), notebook=notebook()).id for n in range(5)}
    first = shares.list(BOB, limit=3)
    second = shares.list(BOB, limit=3, cursor=first.next_cursor)
    assert {share.id for share in [*first.items, *second.items]} == made


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJhIiwiYiJd", "…", "[" * 400])
def test_bad_cursors(shares: Shares, cursor: str) -> None:
    with pytest.raises(BadRequest, match="first page"):
        shares.list(BOB, cursor=cursor)


def test_fork_keeps_its_origin(shares: Shares) -> None:
    share = shares.create(ADA, title="T", notebook=notebook("1"))
    origin = {"forked_from": {"id": share.id, "version": 1}}
    fork = shares.create(BOB, title="F", notebook=notebook("2", lodge=origin))
    assert fork.forked_from == Origin(share.id, 1)
    made_up = {"forked_from": {"id": share.id, "version": 9}}
    assert shares.create(BOB, title="F", notebook=notebook("2", lodge=made_up)).forked_from is None


def test_tickets(service: SharesService, clock: Clock) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook("1"))
    ticket = service.tickets.issue(BOB, share.id)
    with pytest.raises(Forbidden) as other:
        service.tickets.redeem(ADA, ticket.secret)
    assert other.value.reason == "ticket_of_another"
    forked = service.tickets.redeem(BOB, ticket.secret)
    assert (forked.share.id, forked.version, forked.share.forks) == (share.id, 1, 1)
    with pytest.raises(Gone) as again:
        service.tickets.redeem(BOB, ticket.secret)
    assert again.value.reason == "ticket_used"
    late = service.tickets.issue(BOB, share.id)
    clock.now += LIFETIME
    with pytest.raises(Gone) as expired:
        service.tickets.redeem(BOB, late.secret)
    assert expired.value.reason == "ticket_expired"
    with pytest.raises(NotFound):
        service.tickets.redeem(BOB, "made up")
    with pytest.raises(NotFound):
        service.tickets.issue(BOB, share.id, 2)
    assert service.shares.get(BOB, share.id).forks == 1


def test_ticket_names_the_version(service: SharesService) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook("1"))
    ticket = service.tickets.issue(BOB, share.id)
    service.shares.update(ADA, share.id, notebook=notebook("2"))
    assert service.tickets.redeem(BOB, ticket.secret).version == 1


def test_ticket_of_a_deleted_share_stays_unused(service: SharesService) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook())
    ticket = service.tickets.issue(BOB, share.id)
    service.shares.delete(ADA, share.id)
    with pytest.raises(NotFound):
        service.tickets.redeem(BOB, ticket.secret)
    service.shares.restore(ADA, share.id)
    assert service.tickets.redeem(BOB, ticket.secret).version == 1


def test_only_a_hash_of_the_ticket_is_kept(service: SharesService, tmp_path: Path) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook())
    secret = service.tickets.issue(BOB, share.id).secret
    assert len(secret) >= 43
    service.close()
    for path in tmp_path.glob("shares.sqlite*"):
        assert secret.encode() not in path.read_bytes()


def test_of_many_at_once_one_uses_the_ticket(service: SharesService) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook())
    secret = service.tickets.issue(BOB, share.id).secret

    def redeem(_turn: int) -> bool:
        try:
            service.tickets.redeem(BOB, secret)
        except Gone:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(redeem, range(16))) == [False] * 15 + [True]
    assert service.shares.get(BOB, share.id).forks == 1


def test_many_versions_at_once(service: SharesService) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook("0"))

    def publish(turn: int) -> int:
        return service.shares.update(ADA, share.id, notebook=notebook(f"n {turn}")).version

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(publish, range(12))) == list(range(2, 14))
    assert len(service.shares.versions(BOB, share.id)) == 13


def is_index(name: str | None) -> bool:
    """Tell whether a table is of the index of words, which triggers keep."""
    return str(name).startswith(("share_words", "share_numbers"))


def test_migrations_match_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shares.sqlite"
    upgrade(url, "shares")
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, _kind, _of: not is_index(name)}
        )
        assert compare_metadata(context, SharesBase.metadata) == []
    engine.dispose()
    downgrade(url, "shares", "base")
    upgrade(url, "shares")


def test_migrations_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shares.sqlite"
    upgrade(url, "shares")
    upgrade(url, "shares")


def test_database_settings(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/deep/er/x.sqlite")
    with database.read() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_store_is_shared_by_equal_notebooks(shares: Shares, tmp_path: Path) -> None:
    for actor in (ADA, BOB):
        shares.create(actor, title="T", notebook=notebook("same"))
    assert isinstance(shares.store, FolderStore)
    assert len([p for p in shares.store.objects.rglob("*") if p.is_file()]) == 1


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.sqlite"
    upgrade(url, "shares", "0008")
    engine = make_engine(url)
    with engine.begin() as connection:
        # What a later step would make is there already.
        connection.exec_driver_sql("CREATE INDEX ix_shares_forked_from_id ON shares (id)")
    with pytest.raises(OperationalError, match="ix_shares_forked_from_id"):
        upgrade(url, "shares")
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0008"
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    assert "share_events" not in tables
    engine.dispose()
