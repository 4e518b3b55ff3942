"""Orders of the list of shares, and counting who reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from lodge_services.errors import BadRequest
from lodge_services.shares import listing
from lodge_services.shares.core import Shares
from lodge_services.shares.models import Actor, Search, Share
from lodge_services.shares.orders import ORDERS, Sort
from lodge_services.shares.readings import Readings
from lodge_services.shares.service import SharesService
from lodge_services.shares.tables import ReadingRow, ShareRow
from lodge_services.web.paging import Page
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

ADA, READER = Actor("ada"), Actor("reader")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clock:
    """Says what it is told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


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


def publish(shares: Shares, title: str) -> Share:
    cells = [nbformat.v4.new_code_cell("x", id="one")]
    return shares.create(ADA, title=title, notebook=nbformat.v4.new_notebook(cells=cells))


def reads(shares: Shares, share: Share) -> int:
    return shares.get(READER, share.id).reads


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("looked", [1, 1000])
def test_pages_of_each_order(
    shares: Shares, clock: Clock, monkeypatch: pytest.MonkeyPatch, sort: Sort, looked: int
) -> None:
    monkeypatch.setattr(listing, "LOOKED_THROUGH", looked)
    monkeypatch.setattr(listing, "LOOKED_FOR_EACH", 0)
    made = []
    for number in range(9):
        clock.now += timedelta(seconds=number % 2)
        share = publish(shares, f"T{number}")
        counts = {"reads": number * 7 % 4, "forks": number * 5 % 3}
        with shares.database.write() as session:
            session.execute(update(ShareRow).where(ShareRow.id == share.id).values(counts))
        made.append(shares.get(READER, share.id))
    wanted = sorted(made, key=lambda s: (getattr(s, sort, 0), s.updated_at, s.id), reverse=True)
    for search in (Search(), Search("t"), Search("T"), Search(owner="ada")):
        found: list[Share] = []
        cursor = None
        while True:
            page = shares.list(READER, search, cursor=cursor, limit=2, sort=sort)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == wanted


def test_a_cursor_belongs_to_its_order(shares: Shares) -> None:
    for number in range(2):
        publish(shares, f"T{number}")
    for sort in ORDERS:
        cursor = shares.list(READER, limit=1, sort=sort).next_cursor
        for other in ORDERS:
            if other != sort:
                with pytest.raises(BadRequest, match="first page"):
                    shares.list(READER, cursor=cursor, sort=other)


@pytest.mark.parametrize("sort", ORDERS)
def test_each_order_walks_an_index(shares: Shares, sort: Sort) -> None:
    order = ORDERS[sort]
    publish(shares, "T")
    cursor = Page.cut(shares.list(READER, sort=sort).items * 2, 1, order.cursor).next_cursor
    assert cursor is not None
    query = (
        select(ShareRow.id)
        .where(ShareRow.deleted_at.is_(None), order.after(cursor))
        .order_by(*(column.desc() for column in order.columns))
    )
    with shares.database.read() as session:
        written = query.compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}").all()
    assert len(plan) == 1
    assert "SEARCH shares USING INDEX" in plan[0][-1]


def test_a_reader_counts_once_a_day(service: SharesService, clock: Clock) -> None:
    shares, readings = service.shares, service.readings
    share, other = publish(shares, "T"), publish(shares, "U")
    state = shares.database.state
    for reader in ("bob", "bob", "ada", "wei"):
        readings.note(share, reader)
    readings.note(other, "bob")
    assert reads(shares, share) == 0
    readings.flush()
    readings.note(share, "bob")
    readings.flush()
    assert (reads(shares, share), reads(shares, other)) == (2, 1)
    assert [s.id for s in shares.list(READER, sort="reads").items] == [share.id, other.id]
    again = Readings(shares.database, clock)
    again.note(share, "wei")
    again.note(share, "ines")
    again.flush()
    assert reads(shares, share) == 3
    clock.now += timedelta(days=1)
    readings.note(share, "bob")
    readings.flush()
    assert reads(shares, share) == 4
    # Pages that are kept need not be made anew.
    assert shares.database.state == state
    with shares.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ReadingRow)) == 1


def test_what_can_not_be_written_is_counted_later(
    service: SharesService, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = publish(service.shares, "T")
    service.readings.note(share, "bob")
    with monkeypatch.context() as patch:
        error = OperationalError("", {}, Exception("full"))
        patch.setattr(service.readings.database, "write", lambda **_: (_ for _ in ()).throw(error))
        with pytest.raises(OperationalError):
            service.readings.flush()
    service.readings.note(share, "wei")
    service.readings.flush()
    assert reads(service.shares, share) == 2


def test_readers_are_not_kept_by_name(service: SharesService, tmp_path: Path) -> None:
    share = publish(service.shares, "T")
    service.readings.note(share, "somebody-who-reads")
    service.readings.flush()
    service.close()
    for path in tmp_path.glob("shares.sqlite*"):
        assert b"somebody-who-reads" not in path.read_bytes()


def test_reads_of_a_share_purged_meanwhile_are_nobodys(service: SharesService) -> None:
    share = publish(service.shares, "T")
    service.readings.note(share, "bob")
    with service.shares.database.write() as session:
        session.delete(session.get(ShareRow, share.id))
    service.readings.flush()
    assert service.shares.count(READER) == 0
