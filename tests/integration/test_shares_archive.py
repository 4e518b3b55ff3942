"""`lodge shares`: everything that was shared goes into one file and out of it, or nothing does."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from lodge_hub.folders import DataFolder
from lodge_services.clock import utc_now
from lodge_services.shares.archive.rows import tables
from lodge_services.shares.files.models import NamedFile
from lodge_services.shares.models import LODGE, Actor, Readers, Search
from lodge_services.shares.tables import PublicationRow
from support.s3 import SECRET, S3Server, running_s3
from support.shares_folder import Place, notebook

pytestmark = pytest.mark.integration

DATA = b"year,late\n2013,17\n"
FILE = sha256(DATA).hexdigest()
ADA, GRACE = Actor("ada"), Actor("grace")


def fill(place: Place) -> list[str]:
    """Share a few things, with all that a share can have."""
    with place.service() as service:
        shares = service.shares
        service.files.take(ADA, FILE, DATA)
        first = shares.create(
            ADA,
            title="Über 航班",
            notebook=notebook("spark.sql('x')", picture=True),
            tags=("a", "b"),
            files=[NamedFile("data/延误.csv", FILE)],
        )
        ran_with = {"python": "3.11.2", "image": "", "packages": {"polars": "2.1"}}
        shares.update(
            ADA, first.id, notebook=notebook("another", picture=True), environment=ran_with
        )
        service.comments.add(GRACE, first.id, "@ada 为什么?", {"ada": "ada"})
        service.comments.like(GRACE, first.id, liked=True)
        readers = Readers(everyone=False, groups=frozenset({"sales"}), people=frozenset({"kay"}))
        second = shares.create(GRACE, title="Closed", notebook=notebook("2"), readers=readers)
        third = shares.create(GRACE, title="Deleted", notebook=notebook("3"))
        shares.delete(GRACE, third.id)
        service.tickets.issue(ADA, first.id)
        copy = notebook("mine")
        copy["metadata"] = {"lodge": {"forked_from": {"id": first.id, "version": 1}}}
        fork = shares.create(GRACE, title="Fork", notebook=copy)
        service.proposals.propose(GRACE, fork.id, "look")
        shares.delete(GRACE, fork.id)
        with shares.database.write() as session:
            row = PublicationRow(
                share_id=first.id, wiki="team", space="", parent="", language="en", asked_by="ada",
                state="published", asked=1, due_at=utc_now(), tries=0, message="", answer="",
                answer_revision="", version=1, delivered_at=utc_now(), url="https://wiki/1",
                key="k", page_id="7", revision="9", written="w", intended="i", title="T", number=1,
            )  # fmt: skip
            session.add(row)
    return [first.id, second.id, third.id, fork.id]


@pytest.fixture
def old(tmp_path: Path) -> Place:
    place = Place(tmp_path / "old")
    place.ids = fill(place)
    return place


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as running:
        yield running


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_all_of_a_share_moves(
    old: Place, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    said = old.lodge("export", tmp_path)
    (archive,) = tmp_path.glob("*.tar")
    assert said.startswith(f"{archive}: 4 shares, 8 notebooks, files and pictures")
    assert archive.stat().st_mode & 0o077 == 0
    # A new Lodge that has never been started.
    new = Place(tmp_path / kind, request.getfixturevalue("server") if kind == "s3" else None)
    assert "Shares added: 4. There before, and left alone: 0." in new.lodge("import", archive)
    assert new.all() == old.all()
    assert new.lodge("verify").startswith("4 shares; whole: 8 notebooks, files and pictures")
    with new.service() as service:
        # It is found by words of its cells, and deleted ones come back.
        assert [one.id for one in service.shares.list(ADA, Search(words="another")).items]
        assert service.shares.restore(GRACE, old.ids[2]).id == old.ids[2]
        assert service.files.content(ADA, old.ids[0], 2, "data/延误.csv") == DATA
    # Doing it again changes nothing.
    before = new.all()
    assert "Shares added: 0. There before, and left alone: 4." in new.lodge("import", archive)
    assert new.all() == before


def test_every_table_of_shares_is_in_an_archive(old: Place, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    old.lodge("export", archive)
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        assert (names[0], names[-1]) == ("lodge-shares.json", "end.json")
        head = json.load(tar.extractfile(names[0]))  # type: ignore[arg-type]
    assert set(head["tables"]) == {table.name for table in tables()}
    assert {"shares", "share_versions", "share_readers", "publications"} <= set(head["tables"])
    assert "fork_tickets" not in head["tables"]
    assert SECRET.encode() not in archive.read_bytes()


def test_the_same_lodge_moves_to_s3(old: Place, server: S3Server, tmp_path: Path) -> None:
    archive, before = tmp_path / "all.tar", old.all()
    old.lodge("export", archive)
    old.use(server)
    said = old.lodge("verify", code=1)
    # Picture and file are of two versions, one notebook is proposed too.
    assert said.count("LOST") == 11
    assert "version 2 of “Über 航班”: the file data/延误.csv is lost" in said
    assert "There before, and left alone: 4" in old.lodge("import", archive)
    old.lodge("verify")
    assert old.all() == before


def test_what_is_there_with_other_versions_stays(old: Place, tmp_path: Path) -> None:
    archive, first = tmp_path / "all.tar", old.ids[0]
    old.lodge("export", archive)
    with old.service() as service:
        service.shares.update(ADA, first, title="Newer", notebook=notebook("newer"))
    before = old.all()
    said = old.lodge("import", archive)
    assert f"{first} is there with other versions, and stays as it is." in said
    assert old.all() == before


def test_what_is_lost_is_named_and_put_back(old: Place, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    old.lodge("export", archive)
    ids = old.ids
    with old.service() as service:
        lost, damaged = (service.shares.get(LODGE, one).digest for one in ids[:2])
    objects = old.data / "shares" / "objects"
    (objects / lost[:2] / lost).unlink()
    (objects / damaged[:2] / damaged).write_bytes(b"{}")
    said = old.lodge("verify", code=1)
    assert f"LOST  {ids[0]}, version 2 of “Über 航班”: the notebook is lost or damaged (no" in said
    assert f"LOST  {ids[1]}, version 1 of “Closed”: the notebook is lost or damaged (dama" in said
    assert said.count("LOST") == 2
    # Nothing is written, unless what is lost may be left out.
    another = tmp_path / "another.tar"
    assert "Nothing was written" in old.lodge("export", another, code=1)
    assert not another.exists()
    old.lodge("export", another, "--skip-lost", code=1)
    new = Place(tmp_path / "new")
    said = new.lodge("import", another)
    assert f"{ids[0]} has versions whose content the file does not have." in said
    old.lodge("import", archive)
    old.lodge("verify")


def test_nothing_is_written_over(old: Place, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    archive.write_text("mine")
    assert "is there already" in old.lodge("export", archive, code=2)
    assert archive.read_text() == "mine"


def test_a_store_that_is_away_is_no_loss(tmp_path: Path) -> None:
    with running_s3() as server:
        place = Place(tmp_path / "away", server)
        fill(place)
        server.go()
        archive = tmp_path / "all.tar"
        for ask in (("verify",), ("export", archive)):
            said = place.lodge(*ask, code=2)
            assert "it can't be reached" in said
            assert "LOST" not in said
        assert not archive.exists()


def test_an_import_waits_for_no_lodge_that_runs(old: Place, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    with DataFolder(old.data).lock("http://lodge.localhost:8000"):
        old.lodge("export", archive)
        assert "Lodge already runs" in old.lodge("import", archive, code=2)


def test_a_folder_without_a_lodge_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path / "empty")
    assert "There are no shares" in place.lodge("export", tmp_path, code=2)
    assert "can't be read" in place.lodge("import", tmp_path / "nowhere.tar", code=2)


def changed(archive: Path, target: Path, name: str, content: bytes | None) -> Path:
    """Copy an archive with one piece changed, or left out."""
    with tarfile.open(archive) as source, tarfile.open(target, "w") as copy:
        for member in source:
            file = source.extractfile(member)
            assert file is not None
            found: bytes | None = file.read()
            if member.name.startswith(name):
                found, name = content, "\0"
            if found is not None:
                told = tarfile.TarInfo(member.name)
                told.size = len(found)
                copy.addfile(told, io.BytesIO(found))
    return target


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("lodge-shares.json", b'{"format": "lodge-shares", "version": 2}', "it is of version 2"),
        ("lodge-shares.json", b"[]", "it is no archive of shares"),
        ("contents/", None, "pieces of it are missing"),
        ("contents/", b"other", "is damaged"),
        ("end.json", None, "its end is missing"),
        ("shares/", b"{", "no JSON"),
        ("shares/", b'{"tables": {"nosuch": []}}', "the table nosuch, which this release does not"),
        ("shares/", b'{"tables": {"shares": [{"id": "x", "nosuch": 1}]}}', "has the column nosuch"),
        ("shares/", b'{"tables": {"shares": []}}', "it is no share with its versions"),
    ],
)
def test_what_is_no_whole_archive_adds_nothing_half(
    old: Place, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    archive = tmp_path / "all.tar"
    old.lodge("export", archive)
    wrong = changed(archive, tmp_path / "wrong.tar", name, content)
    new = Place(tmp_path / "new")
    assert said in new.lodge("import", wrong, code=2)
    for share_id, found in new.all().items():
        assert found == old.all()[share_id]


def test_what_an_older_release_did_not_write_gets_its_default(old: Place, tmp_path: Path) -> None:
    archive, first = tmp_path / "all.tar", old.ids[0]
    old.lodge("export", archive)
    with tarfile.open(archive) as tar:
        file = tar.extractfile(f"shares/{first}.json")
        assert file is not None
        said = json.load(file)
    for name in ("reads", "restricted"):
        del said["tables"]["shares"][0][name]
    del said["tables"]["publications"]
    name = f"shares/{first}.json"
    older = changed(archive, tmp_path / "older.tar", name, json.dumps(said).encode())
    new = Place(tmp_path / "new")
    assert "Shares added: 4" in new.lodge("import", older)
    with new.service() as service:
        share = service.shares.get(LODGE, first)
        assert (share.reads, share.readers.everyone) == (0, True)


def test_half_an_archive_adds_nothing(old: Place, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    old.lodge("export", archive)
    # At its end a tar file has blocks of zeros.
    whole = archive.read_bytes().rstrip(b"\0")
    for part in range(8):
        archive.write_bytes(whole[: len(whole) * part // 8])
        new = Place(tmp_path / f"new-{part}")
        new.lodge("import", archive, code=2)
        assert new.all() == {}
