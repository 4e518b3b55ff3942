"""The gallery's database on Postgres."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psycopg
import pytest
from lodge_services.db.migrate import downgrade, upgrade
from lodge_services.errors import Conflict
from lodge_services.shares.archive.reading import import_shares
from lodge_services.shares.archive.verifying import verify
from lodge_services.shares.archive.writing import export_shares
from lodge_services.shares.models import LODGE, Actor, Readers, Search
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from support.databases import PASSWORD, Postgres

ADA, READER = Actor("ada"), Actor("reader")
TITLES = ["Flight DELAYS", "航班延误", "100% sure", "under_score", "über"]


def administrate(server: Postgres, statement: str, database: str = "postgres") -> None:
    with psycopg.connect(
        host="127.0.0.1", port=server.port, user="admin", password=PASSWORD, dbname=database,
        autocommit=True,
    ) as connection:  # fmt: skip
        connection.execute(statement.encode())


@pytest.fixture(params=["with", "without"])
def service(
    server: Postgres, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[SharesService]:
    """Without: an account that may not have the extension."""
    name = f"shares_{request.param}"
    administrate(server, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    owner = name if request.param == "with" else "admin"
    administrate(server, f"CREATE DATABASE {name} OWNER {owner}")
    url = f"postgresql+psycopg://{name}:secret@127.0.0.1:{server.port}/{name}"
    if request.param == "without":
        administrate(server, f"GRANT CREATE ON SCHEMA public TO {name}", name)
    opened = SharesService.open(url, tmp_path / "store")
    yield opened
    opened.close()
    administrate(server, f"DROP DATABASE {name} WITH (FORCE)")
    administrate(server, f"DROP ROLE {name}")


def indexes(service: SharesService) -> set[str]:
    with service.shares.database.read() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT indexname FROM pg_indexes WHERE indexname LIKE '%%trigrams'"
        )
        return {str(name) for (name,) in rows}


def test_shares_are_found(service: SharesService) -> None:
    shares, url = service.shares, service.shares.database.engine.url
    made = [
        shares.create(
            ADA,
            title=title,
            notebook=nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(f"SELECT carrier{number} -- 分析")]
            ),
        )
        for number, title in enumerate(TITLES)
    ]
    allowed = url.database == "shares_with"
    wanted = {"ix_shares_search_trigrams", "ix_shares_cells_trigrams"} if allowed else set()
    assert indexes(service) == wanted
    for words, found in {
        "delay": [0], "延误": [1], "误": [1], "%": [2], "er_s": [3], "ÜBER": [4], "carrier3": [3],
        "分析 flight": [0], "ada carrier": [4, 3, 2, 1, 0], "\\": [], "nothing": [],
    }.items():  # fmt: skip
        search = Search(words)
        assert [share.title for share in shares.list(READER, search).items] == [
            TITLES[n] for n in found
        ]
        assert shares.count(READER, search) == len(found)
    first = shares.list(READER, limit=2)
    second = shares.list(READER, limit=2, cursor=first.next_cursor)
    assert [share.id for share in first.items + second.items] == [made[n].id for n in (4, 3, 2, 1)]
    service.shares.database.engine.dispose()
    written = url.render_as_string(hide_password=False)
    downgrade(written, "shares", "0003")
    assert indexes(service) == set()
    assert shares.count(LODGE, Search("delay")) == 1
    upgrade(written, "shares")
    assert indexes(service) == wanted


def test_what_people_say_and_propose(service: SharesService) -> None:
    shares, comments = service.shares, service.comments

    def made(*sources: str, **metadata: Any) -> Any:
        cells = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(sources)]
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

    share = shares.create(ADA, title="Delays", notebook=made("a = 1", "b = 1"))
    comments.add(READER, share.id, "@ada why?", {"ada": "ada"})
    assert comments.like(READER, share.id, liked=True) == 1
    (notice,) = comments.notices(ADA, unseen=True)
    comments.see(ADA, notice.comment.number)
    assert comments.notices(ADA, unseen=True) == []
    lodge = {"forked_from": {"id": share.id, "version": 1}}
    fork = shares.create(READER, title="Fork", notebook=made("a = 2", "b = 2", lodge=lodge))
    proposal = service.proposals.propose(READER, fork.id, "look")
    opened = service.proposals.opened(ADA, share.id, proposal.number)
    first = [opened.found[0].number]
    accepted = service.proposals.accept(
        ADA, share.id, proposal.number, first, newest=1, digest=proposal.digest
    )
    assert accepted.version == 2
    shares.restore_version(ADA, share.id, 1)
    shares.transfer(ADA, share.id, "reader")
    actions = [one.action for one in service.events.list(share.id).items]
    assert actions == ["transferred", "version", "version", "shared"]
    # What was said goes with the share, what was done stays.
    shares.delete(READER, share.id)
    later = shares.clock() + 2 * UNDO_TIME
    shares.clock = lambda: later
    assert service.purge() == 1
    assert comments.of(share.id) == []
    assert len(service.events.list(share.id).items) == 6


def test_two_at_once_like_propose_and_accept(service: SharesService) -> None:
    shares, proposals = service.shares, service.proposals

    def made(*sources: str, **metadata: Any) -> Any:
        cells = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(sources)]
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

    share = shares.create(ADA, title="Delays", notebook=made("a = 1"))
    lodge = {"forked_from": {"id": share.id, "version": 1}}
    fork = shares.create(READER, title="Fork", notebook=made("a = 1", "b = 2", lodge=lodge))

    def at_once(act: Callable[[], object], times: int = 4) -> list[str]:
        def tried(_: int) -> str:
            try:
                act()
            except Conflict as error:
                return error.reason
            return ""

        with ThreadPoolExecutor(times) as threads:
            return sorted(threads.map(tried, range(times)))

    assert at_once(lambda: service.comments.like(READER, share.id, liked=True)) == [""] * 4
    assert shares.get(ADA, share.id).likes == 1
    assert at_once(lambda: proposals.propose(READER, fork.id, "look")) == [""] * 4
    (proposal,) = proposals.of(share.id)
    opened = proposals.opened(ADA, share.id, proposal.number)
    first = [opened.found[0].number]

    def accept() -> None:
        proposals.accept(ADA, share.id, proposal.number, first, newest=1, digest=proposal.digest)

    done = at_once(accept)
    assert done.count("") == 1
    assert set(done) <= {"", "newer_version", "already_decided"}
    assert shares.get(ADA, share.id).version == 2
    cells = shares.notebook(ADA, share.id, 2)["cells"]
    assert [cell["source"] for cell in cells] == ["a = 1", "b = 2"]
    # All of it goes down to what there was before, and up again.
    written = shares.database.engine.url.render_as_string(hide_password=False)
    shares.database.engine.dispose()
    for older in ("0012", "0011", "0010", "0009", "0008", "0007"):
        downgrade(written, "shares", older)
    upgrade(written, "shares")
    assert [one.author for one in shares.versions(READER, share.id)] == ["ada", "ada"]
    assert service.comments.of(share.id) == []


def test_shares_of_sqlite_move_to_postgres(service: SharesService, tmp_path: Path) -> None:
    old = SharesService.open(f"sqlite:///{tmp_path}/old.sqlite", tmp_path / "old")
    try:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("延误", id="one")])
        readers = Readers(everyone=False, people=frozenset({"reader"}))
        share = old.shares.create(
            ADA, title="航班", notebook=notebook, tags=("a",), readers=readers
        )
        archive = tmp_path / "all.tar"
        assert export_shares(old.shares.database, old.shares.store, archive, told) == []
    finally:
        old.close()
    shares = service.shares
    assert import_shares(shares.database, shares.store, archive, told).added == [share.id]
    assert import_shares(shares.database, shares.store, archive, told).same == [share.id]
    assert shares.get(ADA, share.id) == share
    assert shares.notebook(READER, share.id, 1)["cells"][0]["source"] == "延误"
    assert [one.id for one in shares.list(READER, Search(words="延误")).items] == [share.id]
    assert verify(shares.database, shares.store, told) == []


def told(_progress: object) -> None:
    pass
