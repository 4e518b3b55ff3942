"""Files that go with a shared notebook, and that come with a fork."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lodge_server.share.candidates import candidates, relative
from lodge_server.share.shadows import shadows
from lodge_server.testing import FakeService
from nbformat.v4 import new_code_cell, new_markdown_cell

DATA = b"year,late\n2013,17\n"
TEXT = {"title": "Late flights"}


def body_of(response: Any) -> Any:
    return json.loads(response.body)


async def offered(server: Any, path: str = "work/late.ipynb") -> Any:
    response = await server.ask("GET", "lodge/api/notebooks/files", path=path)
    assert response.code == 200, response.body
    return body_of(response)


async def named(server: Any, name: str, path: str = "work/late.ipynb") -> Any:
    return await server.ask("GET", "lodge/api/notebooks/file", path=path, name=name)


async def share(server: Any, *files: str, path: str = "work/late.ipynb") -> Any:
    sent = {"path": path, **TEXT, "files": list(files)}
    return await server.ask("POST", "lodge/api/shares", sent)


def put(server: Any, path: str, content: bytes = DATA) -> Path:
    target: Path = server.root / "work" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def test_what_a_notebook_names() -> None:
    cells = [
        new_code_cell(
            "import helper, os\n"
            "from lib.tools import x\n"
            "%run setup.py --fast\n"
            "!wc -l 'in a shell.csv'\n"
            "pd.read_csv('data/a.csv'); open(f'{x}.txt'); Path('data') / 'b.csv'\n"
            "os.path.join('data', 'c', 'd.csv'); '''long\ntext'''; '/etc/passwd'; '../up'\n"
        ),
        new_code_cell("%%sql --source duck\nSELECT * FROM 'e.parquet' JOIN \"f.csv\" ON 1"),
        new_code_cell("broken = = 'g.csv'"),
        new_markdown_cell(
            "![a](pictures/h%20i.png 'title') [b](<j k.pdf>) [c](https://x.org/l.csv) "
            "[d](m.md#part) [e](#part) ![f](attachment:n.png) [g](/o.csv)\n"
            "<img src=\"p.svg\"> <a href='q.html'>"
        ),
    ]
    found = candidates(nbformat.v4.new_notebook(cells=cells))
    wanted = {
        "helper.py", "lib/tools.py", "setup.py", "in a shell.csv", "data/a.csv", "data/b.csv",
        "data/c/d.csv", "e.parquet", "f.csv", "g.csv", "pictures/h i.png", "j k.pdf", "m.md",
        "p.svg", "q.html",
    }  # fmt: skip
    assert wanted <= set(found)
    assert not {"/etc/passwd", "../up", "etc/passwd", "o.csv", "l.csv", "n.png"} & set(found)


@given(st.text() | st.from_regex(r"[./\\~a]{1,12}"))
@example("./~")
@example("./ a")
def test_a_path_goes_down_or_is_none(text: str) -> None:
    plain = relative(text)
    if plain:
        assert relative(plain) == plain
        assert not plain.startswith(("/", "~"))
        assert ".." not in plain.split("/")
        where = Path("/a/b") / plain
        assert where.resolve().is_relative_to("/a/b")


@given(st.lists(st.tuples(st.sampled_from(["code", "markdown", "raw"]), st.text()), max_size=4))
def test_whatever_cells_say(cells: list[tuple[str, str]]) -> None:
    notebook = {"cells": [{"cell_type": kind, "source": text} for kind, text in cells]}
    assert all(relative(name) == name for name in candidates(notebook))


async def test_what_it_names_and_is_there_is_offered(server: Any, fake: FakeService) -> None:
    cells = [
        new_code_cell("a = 'data/a.csv', 'gone.csv', 'key.pem', '.env', 'big.bin', 'link.csv'"),
        new_markdown_cell("![](plot.png) [](out.csv) [](folder)"),
    ]
    server.write("work/late.ipynb", *cells)
    for name in ("data/a.csv", "key.pem", ".env", "plot.png", "unnamed.csv", "folder/x"):
        put(server, name)
    put(server, "big.bin", b"0" * 2000)
    put(server, ".ssh/id_ed25519")
    (server.root / "work/link.csv").symlink_to(".ssh/id_ed25519")
    outside = server.root.parent / "outside.csv"
    outside.write_bytes(DATA)
    (server.root / "work/out.csv").symlink_to(outside)
    fake.limits = {"each": 1000, "all": 1500, "most": 200}
    found = await offered(server)
    assert (found["limits"], found["version"]) == (fake.limits, None)
    assert [(one["name"], one["size"], one["ticked"], one["state"]) for one in found["items"]] == [
        ("data/a.csv", len(DATA), True, "new"),
        ("big.bin", 2000, False, "new"),
        ("plot.png", len(DATA), True, "new"),
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../late.csv", "not_below"),
        ("/etc/passwd", "not_below"),
        ("~/x", "not_below"),
        ("out.csv", "outside"),
        ("dangling", "no_file"),
        ("loop", "no_file"),
        ("folder", "no_file"),
        ("pipe", "no_file"),
        ("gone.csv", "no_file"),
        ("late.ipynb", "no_file"),
    ],
)
async def test_what_cannot_be_shared_is_told(
    server: Any, fake: FakeService, name: str, reason: str
) -> None:
    server.write("work/late.ipynb")
    put(server, "folder/x")
    work = server.root / "work"
    (work / "out.csv").symlink_to("/etc/passwd")
    (work / "dangling").symlink_to("nowhere")
    (work / "loop").symlink_to("loop")
    os.mkfifo(work / "pipe")
    for response in (await named(server, name), await share(server, name)):
        assert (response.code, body_of(response)["reason"]) == (400, reason)
        assert body_of(response)["message"]
    assert fake.shares == {}


async def test_dangers_are_named_where_a_file_is_chosen_by_hand(server: Any) -> None:
    server.write("work/late.ipynb")
    key = "".join(("AKIA", "QYLPMN5HHHFPZAM2"))
    put(server, "notes.txt", f"key {key}".encode())
    put(server, ".env")
    put(server, "deploy.pem")
    put(server, ".config/x")
    (server.root / "work/innocent.csv").symlink_to("deploy.pem")
    said = {}
    for name in ("notes.txt", ".env", "deploy.pem", "innocent.csv", ".config/x"):
        one = body_of(await named(server, name))
        said[name] = (one["danger"], one["secrets"])
    assert said == {
        "notes.txt": ("", ["AWS Access Key"]),
        ".env": ("secret", []),
        "deploy.pem": ("secret", []),
        "innocent.csv": ("secret", []),
        ".config/x": ("hidden", []),
    }


async def test_bytes_are_sent_once(server: Any, fake: FakeService) -> None:
    server.write("work/late.ipynb", new_code_cell("1", id="a"))
    put(server, "a.csv")
    put(server, "sub/b.csv")
    put(server, "empty", b"")
    response = await share(server, "a.csv", "sub/b.csv", "empty")
    assert response.code == 201, response.body
    made = body_of(response)
    digest = sha256(DATA).hexdigest()
    assert fake.files[made["id"]][0] == [
        {"name": "a.csv", "digest": digest},
        {"name": "sub/b.csv", "digest": digest},
        {"name": "empty", "digest": sha256(b"").hexdigest()},
    ]
    puts = [path for method, path, _ in fake.requests if method == "PUT"]
    assert len(puts) == 2
    assert fake.sent[digest] == DATA
    # Without a word on files a version keeps them, and none is looked at.
    (server.root / "work/a.csv").unlink()
    remembered = {name: made[name] for name in ("id", "version", "digest")}
    server.write("work/late.ipynb", new_code_cell("2", id="a"), share=remembered)
    sent = {"path": "work/late.ipynb", **TEXT}
    assert body_of(await server.ask("POST", "lodge/api/shares", sent))["version"] == 2
    assert fake.files[made["id"]][1] == fake.files[made["id"]][0]


async def test_too_much_is_told_before_a_byte_is_sent(server: Any, fake: FakeService) -> None:
    server.write("work/late.ipynb")
    fake.limits = {"each": 1000, "all": 1500, "most": 2}
    for name in "abc":
        put(server, name, name.encode() * 900)
    put(server, "large", b"x" * 1001)
    told = []
    for names in (["a", "b"], ["large"], ["a", "b", "c"]):
        response = await share(server, *names)
        assert response.code == 400
        told.append(body_of(response)["message"])
    assert "1.8 KiB together, and 1.5 KiB are the most" in told[0]
    assert told[1].startswith("large has 1001 B, and 1000 B are the most")
    assert "3 files are too many: 2 are the most" in told[2]
    assert not fake.sent
    assert not fake.shares


async def test_a_later_version_remembers_what_was_ticked(server: Any, fake: FakeService) -> None:
    cell = new_code_cell("'a.csv', 'b.csv', 'c.csv', 'later.csv'", id="x")
    server.write("work/late.ipynb", cell)
    for name in ("a.csv", "b.csv", "c.csv", "by-hand.txt", "other"):
        put(server, name)
    made = body_of(await share(server, "a.csv", "b.csv", "by-hand.txt", "other"))
    remembered = {name: made[name] for name in ("id", "version", "digest")}
    remembered["left_out"] = ["c.csv"]
    server.write("work/late.ipynb", cell, share=remembered)
    put(server, "b.csv", DATA[::-1])
    put(server, "later.csv")
    (server.root / "work/other").unlink()
    found = await offered(server)
    assert found["version"] == 1
    assert [(one["name"], one["ticked"], one["state"]) for one in found["items"]] == [
        ("a.csv", True, "same"),
        ("b.csv", True, "changed"),
        ("c.csv", False, "new"),
        ("later.csv", True, "new"),
        ("by-hand.txt", True, "same"),
        ("other", False, "gone"),
    ]


def posted(fake: FakeService, cells: list[Any], **contents: bytes) -> str:
    files = []
    for name, content in contents.items():
        digest = sha256(content).hexdigest()
        fake.sent[digest] = content
        files.append({"name": name, "digest": digest})
    notebook = nbformat.v4.new_notebook(cells=cells)
    made = fake.post_shares({"title": "Late", "notebook": notebook, "files": files}, "grace")
    return str(made["id"])


async def fork(server: Any, fake: FakeService, share_id: str) -> Any:
    return await server.ask("GET", "lodge/fork", ticket=fake.make_ticket(share_id))


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_fork_brings_its_files_into_a_folder_of_its_own(
    server: Any, fake: FakeService
) -> None:
    cells = [new_code_cell("open('data/延误　1%.csv').read()")]
    contents = {"data/延误　1%.csv": DATA, "late.ipynb": b"another", " ~empty": b""}
    share_id = posted(fake, cells, **contents)
    mine = server.root / "forks/late/mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    response = await fork(server, fake, share_id)
    assert response.code == 302, response.body
    where = unquote(urlsplit(response.headers["Location"]).path)
    # One of the files has the name that the copy would get.
    assert where == "/user/ada/lab/tree/forks/late-1/late-1.ipynb"
    found = tree(server.root / "forks/late-1")
    written = nbformat.reads(found.pop("late-1.ipynb").decode(), as_version=4)
    origin = {"id": share_id, "version": 1, "files": list(contents)}
    assert written.metadata["lodge"]["forked_from"] == origin
    # All that came along is offered again, named or not.
    offers = await offered(server, "forks/late-1/late-1.ipynb")
    assert [(one["name"], one["ticked"]) for one in offers["items"]] == [
        ("data/延误　1%.csv", True),
        ("late.ipynb", True),
    ]
    assert found == contents
    assert tree(server.root / "forks/late") == {"mine.txt": b"mine"}
    again = await fork(server, fake, share_id)
    assert "/forks/late-2/" in again.headers["Location"]
    assert listed(server.root / "forks") == ["late", "late-1", "late-2"]


@pytest.mark.parametrize("fault", ["lost", "damaged", "outside", "full"])
async def test_a_copy_is_there_as_a_whole_or_not_at_all(
    server: Any, fake: FakeService, fault: str
) -> None:
    share_id = posted(fake, [new_code_cell("1")], a=DATA, b=DATA[::-1])
    last = fake.files[share_id][0][-1]
    if fault == "lost":
        fake.lost.add("b")
    elif fault == "damaged":
        fake.sent[last["digest"]] = b"something else"
    elif fault == "outside":
        last["name"] = "../b"
    else:
        (server.root / "forks").write_text("in the way")
    response = await fork(server, fake, share_id)
    assert response.code >= 400
    assert "The notebook was not forked" in response.body.decode()
    forks = server.root / "forks"
    assert not forks.is_dir() or listed(forks) == []


KILLED = """
import asyncio, sys
from pathlib import Path
from hashlib import sha256
from lodge_server.share.copying import ForkedFile, write_copy
async def fetch(file):
    if file.name == "last":
        print("last", flush=True)
        await asyncio.sleep(3600)
    return b"x"
files = [ForkedFile(name, sha256(b"x").hexdigest()) for name in ("sub/first", "last")]
asyncio.run(write_copy(Path(sys.argv[1]), "late.ipynb", {"cells": [], "metadata": {}, "nbformat": 4,
    "nbformat_minor": 5}, files, fetch))
"""


async def test_a_killed_server_leaves_nothing_that_the_next_fork_does_not_remove(
    server: Any, fake: FakeService
) -> None:
    forks = server.root / "forks"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(forks)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"last\n"
    share_id = posted(fake, [new_code_cell("1")], a=DATA)
    # What another fork is writing stays.
    assert (await fork(server, fake, share_id)).code == 302
    assert [name.startswith(".unfinished") for name in listed(forks)] == [True, False]
    process.kill()
    await process.wait()
    assert (await fork(server, fake, share_id)).code == 302
    assert listed(forks) == ["late", "late-1"]


def test_files_that_take_the_place_of_modules() -> None:
    running = ["ipykernel_launcher.py", "uuid.pyc", "nbformat/__init__.py", "_json.abi3.so"]
    others = ["data/uuid.py", "uuid.csv", "uuid", "helper.py", "nbformat/a.py", "a b.py", ".py"]
    assert shadows([*running, *others, "numpy/x/__init__.py"]) == sorted(running)


async def test_what_runs_when_a_fork_is_opened_is_named_before(
    server: Any, fake: FakeService
) -> None:
    cells = [new_code_cell("1")]
    share_id = posted(fake, cells, **{"ipykernel_launcher.py": b"1", "helper.py": b"2"})
    response = await fork(server, fake, share_id)
    page = response.body.decode()
    assert response.code == 200
    assert "file ipykernel_launcher.py has the name of a module" in page
    assert "helper.py" not in page
    assert "lab/tree/forks/late/late.ipynb" in page
