"""Who may read a share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_services.errors import Forbidden, NotFound
from lodge_services.shares.models import Actor, Readers, Search
from lodge_services.shares.service import SharesService
from support.sharing import Clock, notebook

ADA, BOB, CEM = Actor("ada"), Actor("bob", groups=frozenset({"risk", "staff"})), Actor("cem")
ADMIN = Actor("root", admin=True)
RISK = Readers(everyone=False, groups=frozenset({"risk"}))
ONLY_CEM = Readers(everyone=False, people=frozenset({"cem"}))
NOBODY = Readers(everyone=False)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/s.sqlite", tmp_path / "store", Clock())
    yield opened
    opened.close()


def reads(service: SharesService, actor: Actor, share_id: str) -> bool:
    """Tell whether somebody may read a share: all ways of reading say the same."""
    shares = service.shares
    ways: list[Callable[[], object]] = [
        lambda: shares.get(actor, share_id),
        lambda: shares.versions(actor, share_id),
        lambda: shares.content(actor, share_id, 1),
        lambda: shares.notebook(actor, share_id, 1),
        lambda: shares.picture(actor, share_id, 1),
        lambda: service.tickets.issue(actor, share_id),
    ]
    listed = share_id in [one.id for one in shares.list(actor).items]
    for way in ways:
        if listed:
            way()
        else:
            with pytest.raises(NotFound, match="no such share that you may read"):
                way()
    return listed


@pytest.mark.parametrize(
    ("readers", "who"),
    [
        (Readers(), {"ada", "bob", "cem"}),
        (RISK, {"ada", "bob"}),
        (ONLY_CEM, {"ada", "cem"}),
        (NOBODY, {"ada"}),
    ],
)
def test_who_reads(service: SharesService, readers: Readers, who: set[str]) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook(picture=True), readers=readers)
    assert service.shares.get(ADA, share.id).readers == readers
    assert {one.name for one in (ADA, BOB, CEM) if reads(service, one, share.id)} == who
    assert reads(service, ADMIN, share.id)


def test_rights_are_changed_without_a_version(service: SharesService) -> None:
    shares = service.shares
    share = shares.create(ADA, title="T", notebook=notebook(picture=True))
    changed = shares.update(ADA, share.id, readers=RISK)
    assert (changed.version, changed.readers) == (1, RISK)
    assert changed.updated_at > share.updated_at
    assert not reads(service, CEM, share.id)
    shares.update(ADA, share.id, title="Two")
    assert shares.get(ADA, share.id).readers == RISK
    shares.update(ADA, share.id, readers=Readers())
    assert reads(service, CEM, share.id)


def test_whoever_may_not_read_may_not_know(service: SharesService) -> None:
    shares = service.shares
    share = shares.create(ADA, title="T", notebook=notebook(), readers=NOBODY)
    acts: list[Callable[[], object]] = [
        lambda: shares.update(CEM, share.id, title="mine"),
        lambda: shares.delete(CEM, share.id),
        lambda: shares.restore(CEM, share.id),
    ]
    for act in acts:
        with pytest.raises(NotFound) as told:
            act()
        with pytest.raises(NotFound) as none:
            shares.get(CEM, "0" * 12)
        assert str(told.value) == str(none.value)
    shares.update(ADA, share.id, readers=ONLY_CEM)
    with pytest.raises(Forbidden):
        shares.delete(CEM, share.id)


def test_counts_tell_nothing(service: SharesService) -> None:
    shares = service.shares
    shares.create(ADA, title="Open", notebook=notebook("x"), tags=["sales"])
    shares.create(
        ADA, title="Closed", notebook=notebook("secret"), tags=["sales", "merger"], readers=RISK
    )
    assert [(one.tag, one.shares) for one in shares.tags(CEM)] == [("sales", 1)]
    assert [(one.tag, one.shares) for one in shares.tags(BOB)] == [("sales", 2), ("merger", 1)]
    assert (shares.count(CEM), shares.count(BOB), shares.count(ADA)) == (1, 2, 2)
    assert shares.count(CEM, Search("secret")) == 0
    assert shares.count(BOB, Search("secret")) == 1
    assert (shares.totals(CEM, "ada").shares, shares.totals(BOB, "ada").shares) == (1, 2)


def test_a_ticket_goes_with_the_right(service: SharesService) -> None:
    share = service.shares.create(ADA, title="T", notebook=notebook())
    ticket = service.tickets.issue(CEM, share.id)
    service.shares.update(ADA, share.id, readers=NOBODY)
    with pytest.raises(NotFound):
        service.tickets.redeem(CEM, ticket.secret)
    assert service.shares.get(ADA, share.id).forks == 0


def test_an_origin_is_kept_of_what_may_be_read(service: SharesService) -> None:
    shares = service.shares
    share = shares.create(ADA, title="T", notebook=notebook(), readers=RISK)
    copy = notebook(lodge={"forked_from": {"id": share.id, "version": 1}})
    assert shares.create(BOB, title="Mine", notebook=copy).forked_from is not None
    assert shares.create(CEM, title="Guessed", notebook=copy).forked_from is None


NAMES = st.sampled_from(["a", "b", "c"])
READERS = st.one_of(
    st.just(Readers()),
    st.builds(
        lambda groups, people: Readers(everyone=False, groups=groups, people=people),
        st.frozensets(NAMES),
        st.frozensets(NAMES),
    ),
)


@given(
    made=st.lists(st.tuples(NAMES, READERS), max_size=5),
    asks=st.tuples(NAMES, st.frozensets(NAMES)),
)
def test_the_list_is_what_may_be_read_and_views_tell_apart(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[str, Readers]],
    asks: tuple[str, frozenset[str]],
) -> None:
    folder = tmp_path_factory.mktemp("s")
    service = SharesService.open(f"sqlite:///{folder}/s.sqlite", folder / "store", Clock())
    try:
        shares = [
            service.shares.create(Actor(owner), title="T", notebook=notebook(), readers=readers)
            for owner, readers in made
        ]
        actor = Actor(asks[0], groups=asks[1])
        listed = {one.id for one in service.shares.list(actor).items}
        assert listed == {one.id for one in shares if one.may_read(actor)}
        assert service.shares.count(actor) == len(listed)
        # Whoever has the same view sees the same.
        views = service.shares.views()
        for other in (
            Actor("x"),
            Actor("a"),
            Actor("b", groups=asks[1]),
            Actor("x", groups=asks[1]),
        ):
            if views.of(other) == views.of(actor):
                assert {one.id for one in service.shares.list(other).items} == listed
    finally:
        service.close()
