"""What the notebooks of versions ran with."""

from __future__ import annotations

from pathlib import Path

import pytest
from lodge_services.shares.service import SharesService
from support.sharing import Browser, Caller, notebook, publish

RAN = {
    "python": "3.11.2",
    "image": "lodge-server:1",
    "packages": {"polars": "2.1", "a.b": "1"},
    "profile": "large",
    "spark": {"spark.executor.memory": "4g"},
    "parameters": {"day": "'2013-01-01'", "最多": "5"},
}


async def test_it_is_kept_with_its_version(ada: Caller, bob: Caller) -> None:
    share_id = (await publish(ada, environment=RAN))["id"]
    one = f"api/shares/{share_id}"
    await ada("PATCH", one, {"notebook": notebook("2")})
    later = {**RAN, "python": "3.12"}
    await ada("PATCH", one, {"notebook": notebook("3"), "environment": later})
    assert await bob("GET", f"{one}/versions/1/environment") == (200, RAN)
    code, problem = await bob("GET", f"{one}/versions/2/environment")
    assert (code, problem["reason"]) == (404, "environment_unknown")
    assert (await bob("GET", f"{one}/versions/3/environment"))[1]["python"] == "3.12"
    # The same notebook is no new version, and keeps what it has run with.
    await ada("PATCH", one, {"notebook": notebook("3"), "environment": RAN})
    assert (await bob("GET", f"{one}/versions/3/environment"))[1]["python"] == "3.12"
    # A version that is made the newest again brings its own.
    await ada("POST", f"{one}/versions/1/restore")
    assert (await bob("GET", f"{one}/versions/4/environment"))[1] == RAN


async def test_it_goes_with_a_fork(ada: Caller, bob: Caller) -> None:
    share_id = (await publish(ada, environment=RAN))["id"]
    _, ticket = await bob("POST", f"api/shares/{share_id}/forks", {})
    _, forked = await bob("POST", "api/forks", {"ticket": ticket["ticket"]})
    assert forked["environment"] == RAN
    other = (await publish(ada))["id"]
    _, ticket = await bob("POST", f"api/shares/{other}/forks", {})
    _, forked = await bob("POST", "api/forks", {"ticket": ticket["ticket"]})
    assert forked["environment"] is None


async def test_the_page_leads_to_it(ada: Caller, browser: Browser) -> None:
    share_id = (await publish(ada, environment=RAN))["id"]
    assert f"{share_id}/versions/1/requirements" in (await browser.open(share_id)).body.decode()
    listed = (await browser.open(f"{share_id}/versions/1/requirements")).body.decode()
    assert listed == "# Python 3.11.2, image lodge-server:1\na.b==1\npolars==2.1\n"
    other = (await publish(ada))["id"]
    assert "requirements" not in (await browser.open(other)).body.decode()
    assert (await browser.open(f"{other}/versions/1/requirements")).code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"packages": {"a b": "1"}},
        {"packages": {"a": "1\nb==2"}},
        {"packages": {"a\n": "1"}},
        {"python": "3 11"},
        {"packages": {f"p{n}": "1" for n in range(5_001)}},
        {"other": 1},
    ],
)
async def test_what_is_none(ada: Caller, wrong: object) -> None:
    sent = {"title": "T", "notebook": notebook(), "environment": wrong}
    assert (await ada("POST", "api/shares", sent))[0] == 400


async def test_lost_it_keeps_nobody_from_the_notebook(
    ada: Caller, bob: Caller, service: SharesService, tmp_path: Path
) -> None:
    share_id = (await publish(ada, environment=RAN))["id"]
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file() and b"polars" in path.read_bytes():
            path.unlink()
    assert (await bob("GET", f"api/shares/{share_id}/versions/1/environment"))[0] == 404
    _, ticket = await bob("POST", f"api/shares/{share_id}/forks", {})
    assert (await bob("POST", "api/forks", {"ticket": ticket["ticket"]}))[0] == 200
    assert service.purge() == 0
