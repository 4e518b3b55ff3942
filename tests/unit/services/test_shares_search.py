"""Searching with the index of words finds what looking through all shares finds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.db.engine import Database
from lodge_services.db.migrate import downgrade, upgrade
from lodge_services.shares import listing
from lodge_services.shares.core import Shares
from lodge_services.shares.models import LODGE, Actor, Search
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from lodge_services.shares.tables import ShareRow, VersionRow
from lodge_services.texts import folded
from sqlalchemy import delete
from support.sharing import Clock

ADA, BOB, READER = Actor("ada"), Actor("bob"), Actor("reader")
LETTERS = "abAB%_\\\"'*-^ß王小航班延误ﬁＡé\u0301\ufffe\uffff🛫İ\n "
SHORT = st.text(LETTERS, max_size=12)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SharesService]:
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 1)
    monkeypatch.setattr(listing, "LOOKED_FOR_EACH", 0)
    opened = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store", clock)
    yield opened
    opened.close()


@pytest.fixture
def shares(service: SharesService) -> Shares:
    return service.shares


def notebook(text: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="one")])


def titles(shares: Shares, words: str, **more: Any) -> list[str]:
    return [share.title for share in shares.list(READER, Search(words, **more)).items]


def terms(database: Path) -> set[tuple[str, int]]:
    with sqlite3.connect(database) as connection:
        found = set(connection.execute("SELECT term, doc FROM share_words_terms"))
    connection.close()
    return found


def row(number: int, title: str, cell: str, now: datetime) -> ShareRow:
    owner = "ada" if number % 2 else "bob"
    texts = {"search": folded(title), "cells": folded(cell), "title": title, "description": ""}
    share = ShareRow(id=f"{number:012}", owner=owner, latest=1, created_at=now, **texts)
    share.updated_at = now + timedelta(seconds=number // 2)
    return share


def named(owners: Sequence[str], _word: str) -> Sequence[str]:
    return owners


def test_the_index_finds_what_looking_finds(service: SharesService) -> None:
    shares = service.shares
    plain = listing.Listing(shares.database)
    plain._indexed = False

    @settings(max_examples=12, deadline=None)
    @given(
        texts=st.lists(st.tuples(SHORT, SHORT), min_size=3, max_size=6),
        words=st.lists(st.text(LETTERS, max_size=6), max_size=3),
    )
    def check(texts: list[tuple[str, str]], words: list[str]) -> None:
        now = shares.clock()
        with shares.database.write() as session:
            session.execute(delete(ShareRow))
            for number, (title, cell) in enumerate(texts):
                session.add(row(number, title, cell, now))
            session.flush()
            for number in range(len(texts)):
                version = VersionRow(share_id=f"{number:012}", number=1, digest="", created_at=now)
                session.add(version)
        parts = [title[:2] for title, _cell in texts] + [cell for _title, cell in texts]
        for text in [*words, *parts, " ".join(words[:2])]:
            for owners in ((), ("ada",)):
                search = Search(text, named=partial(named, owners))
                assert shares.list(READER, search) == plain.list(READER, search)
                assert shares.count(READER, search) == plain.count(READER, search)

    check()


@pytest.mark.parametrize("words", ["误", "延误", "班延误", "航班延误", "s", "ys", "lays", "DELAYS"])
def test_the_ends_of_texts_are_found(shares: Shares, words: str) -> None:
    shares.create(ADA, title="delays 航班延误", notebook=notebook("x"))
    shares.create(ADA, title="b", notebook=notebook("delays 航班延误"))
    for number in range(3):
        shares.create(ADA, title=f"newer {number}", notebook=notebook("1"))
    assert titles(shares, words, owner="ada")[-2:] == ["b", "delays 航班延误"]


def test_long_words_are_found(shares: Shares) -> None:
    word = "".join(chr(97 + number * number % 26) for number in range(180))
    shares.create(ADA, title="whole", notebook=notebook(f"x{word}y"))
    shares.create(ADA, title="part", notebook=notebook(word[:-1]))
    shares.create(ADA, title="none", notebook=notebook("1"))
    assert titles(shares, word) == ["whole"]


def test_no_more_than_a_thousand_are_counted(
    shares: Shares, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 2)
    for number in range(4):
        shares.create(ADA, title=f"T{number}", notebook=notebook("1"))
        assert shares.count(READER) == shares.count(READER, Search("t")) == min(3, number + 1)


def write_and_fail(shares: Shares) -> None:
    with shares.database.write() as session:
        session.connection().exec_driver_sql("UPDATE shares SET search = 'nothing kept'")
        assert 1 / 0


def test_the_index_is_as_the_shares_are(
    service: SharesService, clock: Clock, tmp_path: Path
) -> None:
    shares, database = service.shares, tmp_path / "shares.sqlite"
    kept = shares.create(ADA, title="kept", notebook=notebook("one"))
    before = terms(database)
    gone = shares.create(ADA, title="gone", tags=["tag"], notebook=notebook("two"))
    with_it = terms(database)
    assert with_it > before
    shares.update(ADA, gone.id, title="other", notebook=notebook("three"))
    assert {term for term, _doc in terms(database) - with_it} >= {"oth", "thr"}
    assert {term for term, _doc in with_it - terms(database)} >= {"gon", "two"}
    shares.update(ADA, gone.id, title="gone", notebook=notebook("two"))
    assert terms(database) == with_it
    shares.delete(ADA, gone.id)
    assert titles(shares, "gone") == []
    shares.restore(ADA, gone.id)
    assert titles(shares, "gone") == ["gone"]
    with pytest.raises(ZeroDivisionError):
        write_and_fail(shares)
    assert terms(database) == with_it
    shares.delete(ADA, gone.id)
    clock.now += UNDO_TIME
    assert shares.purge() == 1
    assert terms(database) == before
    assert titles(shares, "kept") == [kept.title]


def test_what_was_shared_before_the_index_is_found(service: SharesService, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shares.sqlite"
    for number in range(3):
        service.shares.create(ADA, title=f"航班 {number}", notebook=notebook("延误"))
    before = terms(tmp_path / "shares.sqlite")
    downgrade(url, "shares", "0003")
    plain = Shares(Database(url), service.shares.store)
    assert plain.count(LODGE, Search("延误 航班")) == 3
    plain.database.close()
    upgrade(url, "shares")
    assert terms(tmp_path / "shares.sqlite") == before
    assert titles(service.shares, "延误 航班") == ["航班 2", "航班 1", "航班 0"]
