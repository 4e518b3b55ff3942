"""What is kept for readers: made once, as new as the data, bounded, and each reader's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lodge_services.pages.environment import Pages
from lodge_services.pages.pieces import Pieces, gap
from lodge_services.web.kept import OVERHEAD, Kept, Wanted


class Maker:
    """Makes texts, and knows what it made."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, text: str) -> Callable[[], Awaitable[str]]:
        async def make() -> str:
            self.made.append(text)
            await asyncio.sleep(0)
            return text

        return make


async def test_what_is_kept_is_bounded_and_what_was_asked_for_last_stays() -> None:
    make, kept = Maker(), Kept(capacity=4 * (OVERHEAD + 10))
    for key in ("a", "b", "a", "c", "d", "e", "a", "b"):
        assert await kept.get(Wanted(key, 0, make(key * 10), len)) == key * 10
    assert make.made == [key * 10 for key in "abcdeb"]
    assert kept.size == 4 * (OVERHEAD + 10)
    for _ in range(2):
        assert await kept.get(Wanted("big", 0, make("x" * 11), len)) == "x" * 11
    assert make.made[-2:] == ["x" * 11] * 2
    assert kept.size == 4 * (OVERHEAD + 10)


async def test_what_many_ask_for_at_once_is_made_once() -> None:
    make, kept = Maker(), Kept()
    found = await asyncio.gather(*(kept.get(Wanted("a", 0, make("x"), len)) for _ in range(50)))
    assert found == ["x"] * 50
    assert make.made == ["x"]


async def test_what_was_made_of_older_data_is_made_anew_and_kept_once() -> None:
    make, kept = Maker(), Kept()
    assert await kept.get(Wanted("a", 1, make("old"), len)) == "old"
    assert await kept.get(Wanted("a", 2, make("newer"), len)) == "newer"
    assert await kept.get(Wanted("a", 2, make("never"), len)) == "newer"
    assert kept.size == OVERHEAD + 5


async def test_errors_are_told_to_all_and_not_kept() -> None:
    kept = Kept()

    async def fail() -> str:
        await asyncio.sleep(0)
        raise LookupError

    found = await asyncio.gather(
        *(kept.get(Wanted("a", 0, fail, len)) for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in found] == [LookupError] * 3
    assert await kept.get(Wanted("a", 0, Maker()("x"), len)) == "x"


async def test_what_is_begun_ahead_is_there_for_who_asks_and_its_failure_for_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make, kept = Maker(), Kept()

    async def fail() -> str:
        raise LookupError

    kept.begin(Wanted("a", 0, make("x"), len))
    kept.begin(Wanted("b", 0, fail, len))
    assert await kept.get(Wanted("a", 0, make("x"), len)) == "x"
    assert make.made == ["x"]
    assert "can't be made: LookupError()" in caplog.text


async def test_a_reader_who_goes_away_takes_nothing_from_the_others() -> None:
    kept, go = Kept(), asyncio.Event()

    async def slow() -> str:
        await go.wait()
        return "x"

    gone, stays = (asyncio.create_task(kept.get(Wanted("a", 0, slow, len))) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await stays == "x"


def test_a_page_is_filled_for_each_reader() -> None:
    page = Pieces.of(f"<p>{gap('user')}, {gap('ago', '2026-11-28')}</p>")
    filled = page.fill({"user": lambda _: b"ada", "ago": str.encode})
    assert page.whole(filled) == b"<p>ada, 2026-11-28</p>"
    assert Pieces.of("é").whole([]) == "é".encode()
    assert page.digest != Pieces.of(f"<p>{gap('user')} {gap('user')}</p>").digest


@pytest.mark.parametrize("language", ["en", "zh"])
def test_times_of_a_kept_page_go_on(tmp_path: Path, language: str) -> None:
    (tmp_path / "t.html").write_text("{{ ago(moment) }}")
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    pages = Pages(templates=tmp_path, clock=lambda: now)
    translator, moment = pages.translator(language), now - timedelta(microseconds=1)
    kept = pages.pieces("t.html", translator, moment=moment)
    for _ in range(4):
        filled = kept.fill(
            {"ago": lambda at: pages.since(datetime.fromisoformat(at), translator).encode()}
        )
        assert kept.whole(filled).decode() == pages.render("t.html", translator, moment=moment)
        now += timedelta(minutes=50)
