"""Fifty readers at once in the gallery and on pages of shares.

A service of shares as it runs below the hub, with some hundreds of notebooks that hold plots,
tables and text; readers are signed in by cookies of their own, and ask again as soon as they are
answered. Beside it what people use who have no Lodge: a folder of notebooks on a Jupyter Server,
which lists it and shows a notebook as a page.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_services.testing import FakeHub
from lodge_spawner.ports import free_port

from bench.gallery_notebooks import write_notebooks
from bench.harness import load, other_build, write_section

READERS, SHARES = 50, 300
ROUND_S = 8.0
"""How long a round is, in seconds."""
TAGS = ("flights", "weather", "churn", "pricing", "forecast", "quality", "wiki", "drafts")
PACKAGES = ("tornado", "jupyterhub", "jupyter-server", "nbconvert")
LODGE, BEFORE, PEER = "Lodge", "the other build", "Jupyter Server"


@dataclass
class Times:
    """What a round of requests took.

    Attributes
    ----------
    seconds
        Of each answer, to its last byte.
    rates
        Requests in a second, of each round.
    """

    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def quantile(self, part: float) -> float:
        """Return how long all but the slowest `part` took."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, round(part * len(ordered)))]


@dataclass
class Site:
    """Something that readers read.

    Attributes
    ----------
    lists, pages
        Addresses of the gallery's pages, and of shares' pages.
    readers
        The headers of each reader.
    """

    lists: list[str]
    pages: list[str]
    readers: list[dict[str, str]]
    results: dict[str, Times] = field(default_factory=lambda: {"list": Times(), "page": Times()})

    async def round(self, kind: str, seed: int, *, counts: bool = True) -> None:
        """Let all readers read for a while, each to the end of at least one page."""
        random = Random(seed)
        of = self.lists if kind == "list" else self.pages
        seconds: list[float] = []
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            first = time.perf_counter()

            async def read(headers: dict[str, str]) -> None:
                while True:
                    # What is new is read most.
                    url = of[int(len(of) * random.random() ** 2)]
                    began = time.perf_counter()
                    async with session.get(url, headers=headers) as reply:
                        await reply.read()
                    if reply.status != 200:
                        raise RuntimeError(f"{url} answered {reply.status}")
                    seconds.append(time.perf_counter() - began)
                    if time.perf_counter() - first > ROUND_S:
                        return

            await asyncio.gather(*(read(headers) for headers in self.readers))
            whole = time.perf_counter() - first
        if counts:
            self.results[kind].seconds += seconds
            self.results[kind].rates.append(len(seconds) / whole)


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    with tempfile.TemporaryDirectory(prefix="bench-gallery-") as folder:
        sizes, sites = asyncio.run(_measure(Path(folder), repeats))
    names = list(sites)
    lines = [
        "| " + " | ".join(["", *(f"{name}: p50 | p99 | requests/s" for name in names)]) + " |",
        "|" + "---|" * (1 + 3 * len(names)),
    ]
    for kind, label in (("list", "gallery"), ("page", "page of a share")):
        cells = []
        for name in names:
            times, ours = sites[name].results[kind], sites[LODGE].results[kind]
            p99 = times.quantile(0.99)
            ratio = "" if name == LODGE else f" ({p99 / ours.quantile(0.99):.1f}x)"
            cells += [
                f"{1000 * times.quantile(0.5):,.0f} ms",
                f"{1000 * p99:,.0f} ms{ratio}" if ratio else f"**{1000 * p99:,.0f} ms**",
                f"{statistics.median(times.rates):,.0f}",
            ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    other = (
        "the build that is named for comparison has the same shares; " if BEFORE in sites else ""
    )
    body = (
        f"{READERS} readers at once, each signed in and asking again as soon as they are answered: "
        f"{SHARES} shared notebooks with plots, tables and text of {min(sizes) / 1e3:,.0f} to "
        f"{max(sizes) / 1e3:,.0f} kB; pages of the gallery as they come, by tag and by word. "
        f"Rounds of {ROUND_S:.0f} s, in which each reader is answered at least once, "
        f"{repeats} in turn after one that is not timed; {other}Jupyter Server lists a folder of "
        "the same notebooks (`/api/contents`) and makes a page of one with nbconvert at each "
        f"request. {load()}\n\n" + "\n".join(lines)
    )
    write_section("gallery", "Reading shared notebooks", body, PACKAGES)


async def _measure(folder: Path, repeats: int) -> tuple[Sequence[int], dict[str, Site]]:
    notebooks = write_notebooks(folder / "notebooks", SHARES)
    before = other_build()
    for name in ("lodge", "before"):
        (folder / name).mkdir()
    async with _lodge(Path(sys.executable), folder / "lodge", notebooks) as lodge:
        if before is None:
            sites = {LODGE: lodge}
            return [one.stat().st_size for one in notebooks], await _rounds(sites, folder, repeats)
        python = before / ".venv" / "bin" / "python"
        async with _lodge(python, folder / "before", notebooks) as other:
            sites = {LODGE: lodge, BEFORE: other}
            return [one.stat().st_size for one in notebooks], await _rounds(sites, folder, repeats)


async def _rounds(sites: dict[str, Site], folder: Path, repeats: int) -> dict[str, Site]:
    with _jupyter(folder / "notebooks") as peer:
        sites[PEER] = peer
        for number in range(repeats + 1):
            for kind in ("list", "page"):
                for site in sites.values() if number % 2 else reversed(sites.values()):
                    if number == 0 and site is peer:
                        continue  # it keeps nothing that a first round could have made
                    await site.round(kind, number, counts=number > 0)
    return sites


@asynccontextmanager
async def _lodge(python: Path, folder: Path, notebooks: Sequence[Path]) -> AsyncIterator[Site]:
    hub, port = FakeHub("shares"), free_port()
    settings = hub.settings()
    environment = {
        **os.environ,
        "JUPYTERHUB_API_URL": settings.api_url,
        "JUPYTERHUB_API_TOKEN": settings.api_token,
        "JUPYTERHUB_SERVICE_NAME": "shares",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "LODGE_DATABASE_URL": f"sqlite:///{folder}/shares.sqlite",
        "LODGE_STORE": str(folder / "store"),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220  (starting takes no time)
            [python, "-m", "lodge_services.shares"], env=environment, stderr=log, cwd=folder
        )
    service = f"http://127.0.0.1:{port}/services/shares/"
    try:
        await _answers(f"{service}api/health")
        ids = await _publish(hub, service, notebooks)
        secret = (folder / "store" / "cookie_secret").read_bytes()
        readers = [
            {
                "Cookie": hub.cookie(hub.add_member(f"reader{number}"), secret),
                "Accept-Encoding": "gzip, deflate, br, zstd",
                "Accept-Language": "en",
                "Sec-Fetch-Site": "none",
            }
            for number in range(READERS)
        ]
        for reader in readers:
            reader["Cookie"] += await _form_token(service, reader)
        lists = [
            service,
            *(f"{service}?tag={tag}" for tag in TAGS),
            *(f"{service}?q={word}" for word in ("delays", "carrier", "model", "ada")),
            *(await _following(service, readers[0])),
        ]
        yield Site(lists, [service + one for one in reversed(ids)], readers)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        await hub.close()
        if JupyterHubHTTPClient.initialized():
            await JupyterHubHTTPClient.loop_instance().close()


async def _form_token(service: str, headers: dict[str, str]) -> str:
    """Return the cookie that a browser has of its first page."""
    async with aiohttp.ClientSession() as session, session.get(service, headers=headers) as page:
        return "".join(f"; {name}={one.value}" for name, one in page.cookies.items())


async def _publish(hub: FakeHub, service: str, notebooks: Sequence[Path]) -> list[str]:
    owners = [hub.add_member(name) for name in ("ada", "grace", "wei", "tomás", "ines")]
    ids = []
    async with aiohttp.ClientSession() as session:
        for number, path in enumerate(notebooks):
            tags = [TAGS[number % len(TAGS)], TAGS[number // 3 % len(TAGS)]]
            body = (
                f'{{"title": "Analysis {number}: delays by carrier", "tags": '
                f'{str(sorted(set(tags))).replace(chr(39), chr(34))}, "description": '
                f'"What keeps flights of month {number % 12 + 1} late.", "notebook": '
                f"{path.read_text(encoding='utf-8')}}}"
            )
            headers = {
                "Authorization": f"Bearer {owners[number % len(owners)]}",
                "Content-Type": "application/json",
            }
            reply = await session.post(f"{service}api/shares", data=body.encode(), headers=headers)
            reply.raise_for_status()
            ids.append(str((await reply.json())["id"]))
    return ids


async def _following(service: str, headers: dict[str, str]) -> list[str]:
    """Return the addresses of the gallery's pages after the first."""
    found: list[str] = []
    async with aiohttp.ClientSession(headers=headers) as session:
        cursor = ""
        while True:
            reply = await session.get(f"{service}api/shares?limit=24{cursor}")
            reply.raise_for_status()
            following = (await reply.json())["next_cursor"]
            if not following:
                return found
            cursor = f"&cursor={following}"
            found.append(f"{service}?cursor={following}")


@contextmanager
def _jupyter(folder: Path) -> Iterator[Site]:
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root",
            f"--ServerApp.port={port}", "--IdentityProvider.token=secret",
            f"--ServerApp.root_dir={folder}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )  # fmt: skip
    origin = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while subprocess.run(
            [sys.executable, "-c", "import sys, urllib.request as r; r.urlopen(sys.argv[1])",
             f"{origin}/api"],
            capture_output=True,
        ).returncode:  # fmt: skip
            if time.monotonic() > deadline:
                raise RuntimeError("Jupyter Server does not answer")
        names = sorted(one.name for one in folder.iterdir())
        yield Site(
            lists=[f"{origin}/api/contents/"],
            pages=[f"{origin}/nbconvert/html/{name}" for name in reversed(names)],
            readers=[{"Authorization": "token secret"}] * READERS,
        )
    finally:
        process.terminate()
        process.wait(30)


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
            try:
                async with session.get(url) as reply:
                    if reply.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")
