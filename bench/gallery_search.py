"""Searching the gallery among a hundred thousand shares.

What the gallery asks for each search: the first page and how many there are. Beside it the same
database without its index of words, where each share is looked at until the page is full.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from lodge_services.db.engine import Database
from lodge_services.db.migrate import upgrade
from lodge_services.shares.listing import Listing
from lodge_services.shares.models import Actor, Search
from lodge_services.shares.tables import ShareRow, VersionRow
from sqlalchemy import insert

from bench.harness import load, write_section

SHARES, WORDS = 100_000, 200
"""Shares, and words in the cells of each."""
ASKED = 10
"""Words of each kind."""
AT_ONCE = 2_000
COMMON = ("delay", "carrier", "select", "group", "spark", "model", "数据", "分析", "航班", "延误")
LETTERS = "etaoinshrdlucmfw"
READER = Actor("reader")


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    random = Random(20)
    latin = ["".join(random.choices(LETTERS, k=random.randint(4, 9))) for _ in range(40_000)]
    chinese = ["".join(chr(random.randint(0x4E00, 0x5600)) for _ in "12") for _ in range(20_000)]
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        url = f"sqlite:///{Path(folder) / 'shares.sqlite'}"
        upgrade(url, "shares")
        database = Database(url)
        began = time.perf_counter()
        _fill(database, random, latin, chinese)
        filled = time.perf_counter() - began
        size = (Path(folder) / "shares.sqlite").stat().st_size
        indexed, plain = Listing(database), Listing(database)
        plain._indexed = False
        kinds = {
            "a Chinese word": chinese[-ASKED:],
            "a rare word": latin[-ASKED:],
            "the middle of a rare word": [word[1:] + word[0] for word in latin[-ASKED:]],
            "a word nobody has": [f"q{word[:3]}zq" for word in latin[-ASKED:]],
            "a common word": COMMON,
            "a rare and a common word": [f"{word} {COMMON[0]}" for word in latin[-ASKED:]],
        }
        lines = [
            "| | Lodge: p50 | p99 | every share looked at: p50 | p99 |",
            "|---|---|---|---|---|",
        ]
        for kind, words in kinds.items():
            ours, theirs = [], []
            for word in [*words] * repeats:
                ours.append(_seconds(indexed, word))
                theirs.append(_seconds(plain, word))
            ratio = statistics.median(theirs) / statistics.median(ours)
            lines.append(
                f"| {kind} | **{_ms(ours, 0.5)}** | **{_ms(ours, 0.99)}** "
                f"| {_ms(theirs, 0.5)} ({ratio:.1f}x) | {_ms(theirs, 0.99)} |"
            )
        database.close()
    body = (
        f"{SHARES:,} shares with {WORDS} words of two scripts in their cells, in SQLite "
        f"({size / 1e6:,.0f} MB; written in {filled:,.0f} s, the index with them): the first page "
        f"of a search and how many it finds, up to 1,000. {ASKED} words of each kind, {repeats} "
        f"times, in turn with the same database looked through with LIKE. {load()}\n\n"
    ) + "\n".join(lines)
    write_section("gallery_search", "Searching the gallery", body, ("sqlalchemy",))


def _seconds(listing: Listing, word: str) -> float:
    began = time.perf_counter()
    listing.list(READER, Search(word))
    listing.count(READER, Search(word))
    return time.perf_counter() - began


def _ms(seconds: Sequence[float], part: float) -> str:
    ordered = sorted(seconds)
    return f"{1000 * ordered[min(len(ordered) - 1, round(part * len(ordered)))]:,.0f} ms"


def _fill(database: Database, random: Random, latin: Sequence[str], chinese: Sequence[str]) -> None:
    rare = [word for pair in itertools.zip_longest(latin, chinese) for word in pair if word]
    vocabulary = [*COMMON, *rare]
    weights = list(itertools.accumulate(1 / (place + 5) for place in range(len(vocabulary))))
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def shares() -> Iterator[dict[str, object]]:
        for number in range(SHARES):
            words = random.choices(vocabulary, cum_weights=weights, k=WORDS)
            title, owner = " ".join(words[:5]), f"user{number % 500}"
            moment = start + timedelta(seconds=number)
            yield {
                "id": f"{number:012}", "owner": owner, "title": title, "description": "",
                "search": f"{title}\n{owner}\n", "cells": " ".join(words), "latest": 1,
                "forks": 0, "reads": 0, "created_at": moment, "updated_at": moment,
            }  # fmt: skip

    made = shares()
    while some := list(itertools.islice(made, AT_ONCE)):
        with database.write() as session:
            session.execute(insert(ShareRow), some)
            versions = [
                {"share_id": row["id"], "number": 1, "digest": "", "created_at": row["created_at"]}
                for row in some
            ]
            session.execute(insert(VersionRow), versions)
