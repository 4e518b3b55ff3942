"""Alerts to webhooks: real servers on this machine that answer as chats are documented to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_runner.spec import RunError
from lodge_services.schedules.alerts import courier, messages
from lodge_services.schedules.alerts.settings import AlertSettings
from lodge_services.schedules.alerts.webhooks import posting
from lodge_services.schedules.alerts.webhooks.addresses import BadAddressError, is_public, parse
from lodge_services.schedules.alerts.webhooks.formats import by_code
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.service import create_service
from lodge_services.schedules.testing import FakeClock, FakeExecutor
from lodge_services.testing import COOKIE_SECRET, FakeHub
from support.scheduling import Site
from support.webhooks import SECRET, TOKEN, Chats, chats

KINDS = ("webhook", "slack", "dingtalk", "wecom", "feishu")
HOSTILE = RunError(
    cell=0,
    cell_source="x",
    ename="ValueError",
    evalue='<at user_id="all"></at> <!channel> <@all>' + "长" * 900,
    message="m",
)


@dataclass
class Told:
    """A service that posts to chats."""

    site: Site
    chats: Chats
    folder: Path

    async def job(
        self, kind: str, address: str = "", secret: str = SECRET, user: str = "ada"
    ) -> str:
        job = await self.site.job(user)
        whom = {"kind": kind, "address": address or self.chats.address(kind), "secret": secret}
        path = f"api/jobs/{job['id']}/alerts/recipients"
        made = await self.site("POST", path, whom, user=user, expect=201)
        assert made["address"] in ("127.0.0.1", "chat.example.com")
        return str(job["id"])

    async def fails(self, job_id: str, user: str = "ada") -> None:
        run = await self.site.run(job_id, user)
        await self.site.started(run["id"])
        self.site.executor.logs[run["id"]] = b"the <last> line\n"
        self.site.executor.end(run["id"], "failed", HOSTILE)

    async def until(self, job_id: str, state: str, why: str = "", user: str = "ada") -> str:
        """Wait until a message came to a state; return what is said of it."""
        async with asyncio.timeout(20):
            while True:
                told = await self.site("GET", f"api/jobs/{job_id}/alerts", user=user)
                for one in told["deliveries"]:
                    if (one["kind"], one["state"]) != ("bell", "sent") and (
                        one["state"] == state and why in one["message"]
                    ):
                        return str(one["message"])
                await asyncio.sleep(0.02)


Tells = Callable[..., Awaitable[Told]]


@pytest.fixture
async def tell(
    tmp_path: Path,
    make_hub: Callable[..., FakeHub],
    start: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Tells]:
    monkeypatch.setattr(courier, "LOOK_S", 0.02)
    monkeypatch.setattr(messages, "GATHER", messages.GATHER * 0)
    open_ones: list[Any] = []

    async def make(*, private: bool = True, tls: bool = False) -> Told:
        fakes = chats(tmp_path, tls=tls)
        there = await fakes.__aenter__()
        open_ones.append(fakes)
        if tls:
            monkeypatch.setenv("SSL_CERT_FILE", str(there.authority))
        hub, executor = make_hub("schedules"), FakeExecutor()
        service = create_service(
            hub.service_settings(tmp_path / "schedules"),
            executor,
            EngineOptions(max_runs=8),
            FakeClock(),
            cookie_secret=COOKIE_SECRET,
            alert_settings=AlertSettings(
                private_webhooks=private, public_url="https://lodge.example.com"
            ),
        )
        tokens = {"ada": hub.add_member("ada"), "bob": hub.add_member("bob")}
        client = await start(service.application, hub)
        context = service.lifespan()
        await context.__aenter__()
        open_ones.append(context)
        site = Site(hub, service, executor, service.core.clock, client, tokens)  # type: ignore[arg-type]
        return Told(site, there, tmp_path)

    yield make
    for context in reversed(open_ones):
        await context.__aexit__(None, None, None)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_takes_what_it_is_sent(tell: Tells, kind: str) -> None:
    told = await tell()
    job_id = await told.job(kind)
    await told.fails(job_id)
    await told.until(job_id, "sent")
    (body,) = told.chats.bodies()
    text = str(body)
    assert "Daily delays failed" in text
    assert f"https://lodge.example.com/services/schedules/jobs/{job_id}#alerts" in text
    assert "line" in text
    calls = {
        "slack": "<!channel>",
        "feishu": "<at user_id",
        "wecom": "<@all>",
        "dingtalk": "<@all>",
    }
    assert calls.get(kind, "nobody is called so") not in text


async def test_the_signature_is_over_time_and_body(tell: Tells) -> None:
    told = await tell()
    job_id = await told.job("webhook")
    await told.fails(job_id)
    await told.until(job_id, "sent")
    (request,) = told.chats.posted
    stamp = request.headers["X-Lodge-Timestamp"]
    signed = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256)
    assert request.headers["X-Lodge-Signature"] == f"sha256={signed.hexdigest()}"
    (alert,) = told.chats.bodies()[0]["alerts"]
    assert (alert["what"], alert["job"], alert["error"]["ename"]) == (
        "failed",
        "Daily delays",
        "ValueError",
    )
    assert told.chats.bodies()[0]["id"] == request.headers["X-Lodge-Delivery"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("webhook", "The webhook refused the message: 404."),
        ("slack", "Slack refused the message: 404 no_service."),
        ("dingtalk", "DingTalk refused the message: 300001 token is not exist: …."),
        ("wecom", "WeCom refused the message: 93000 invalid webhook url."),
        ("feishu", "Feishu refused the message: 19001 param invalid"),
    ],
)
async def test_a_refusal_is_told_without_the_address(
    tell: Tells, kind: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = await tell()
    told.chats.known = "another"
    job_id = await told.job(kind)
    await told.fails(job_id)
    message = await told.until(job_id, "refused")
    assert message.startswith(said)
    stored = b"".join(one.read_bytes() for one in told.folder.rglob("*.sqlite*"))
    answer = str(await told.site("GET", f"api/jobs/{job_id}/alerts"))
    for secret in (TOKEN, SECRET):
        assert secret not in answer
        assert secret.encode() not in stored
    # The fake's own words apart, nothing of ours has them.
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("tornado")]
    assert not [one for one in ours if TOKEN in one or SECRET in one]


@pytest.mark.parametrize(("kind", "code"), [("dingtalk", "310000"), ("feishu", "19021")])
async def test_a_wrong_secret_is_told(tell: Tells, kind: str, code: str) -> None:
    told = await tell()
    job_id = await told.job(kind, secret="another secret")
    await told.fails(job_id)
    assert code in await told.until(job_id, "refused")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trouble", ["busy", "away"])
async def test_who_is_busy_or_away_is_tried_again(tell: Tells, kind: str, trouble: str) -> None:
    told = await tell()
    if kind == "webhook":
        trouble = "away"
    setattr(told.chats, trouble, True)
    job_id = await told.job(kind)
    await told.fails(job_id)
    await told.until(job_id, "waiting", "can't take the message now")
    setattr(told.chats, trouble, False)
    told.site.clock.advance(minutes=1)
    told.site.service.database.state += 1
    await told.until(job_id, "sent")


async def test_no_redirect_is_followed(tell: Tells) -> None:
    told = await tell()
    job_id = await told.job("webhook", told.chats.address("redirect"))
    await told.fails(job_id)
    assert "307" in await told.until(job_id, "refused")
    assert len(told.chats.posted) == 1


async def test_an_endless_answer_and_a_slow_one_end(
    tell: Tells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "PATIENCE_S", 1.0)
    told = await tell()
    endless = await told.job("webhook", told.chats.address("endless"))
    slow = await told.job("webhook", told.chats.address("slow"), user="bob")
    await told.fails(endless)
    await told.fails(slow, "bob")
    await told.until(endless, "sent")
    await told.until(slow, "waiting", "does not answer in time", "bob")


async def test_one_who_is_slow_holds_up_nobody_else(tell: Tells) -> None:
    told = await tell()
    slow = await told.job("webhook", told.chats.address("slow"))
    await told.fails(slow)
    await told.site.until(lambda: len(told.chats.posted) == 1)
    quick = await told.job("slack", user="bob")
    await told.fails(quick, "bob")
    await told.until(quick, "sent", user="bob")


async def test_tls_names_the_machine_that_was_asked_for(
    tell: Tells, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await tell(tls=True)
    job_id = await told.job("webhook")
    await told.fails(job_id)
    await told.until(job_id, "sent")
    looked_up(monkeypatch, "127.0.0.1")
    address = told.chats.address("webhook").replace("127.0.0.1", "chat.example.com")
    other = await told.job("webhook", address)
    await told.fails(other)
    await told.until(other, "waiting", "The certificate of chat.example.com is not to be trusted")


async def test_a_name_is_looked_up_once_and_what_was_found_is_asked(
    tell: Tells, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await tell()
    asked = looked_up(monkeypatch, "127.0.0.1")
    address = told.chats.address("webhook").replace("127.0.0.1", "chat.example.com")
    job_id = await told.job("webhook", address)
    await told.fails(job_id)
    await told.until(job_id, "sent")
    assert asked == ["chat.example.com"]
    assert told.chats.posted[0].headers["Host"].startswith("chat.example.com:")


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fd00::1"])
async def test_a_name_of_a_private_machine_is_not_asked(
    tell: Tells, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    told = await tell(private=False, tls=True)
    looked_up(monkeypatch, "93.184.216.34", found)
    address = told.chats.address("webhook").replace("127.0.0.1", "chat.example.com")
    job_id = await told.job("webhook", address)
    await told.fails(job_id)
    await told.until(job_id, "refused", "leads into a private network")
    assert told.chats.posted == []


def looked_up(monkeypatch: pytest.MonkeyPatch, *machines: str) -> list[str]:
    """Let chat.example.com be these machines; return what is looked up."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def found(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != "chat.example.com":
            return real(host, port, *rest, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in machines]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "",
        "chat",
        "ftp://chat.example.com/x",
        "http://chat.example.com/x",
        "https:///x",
        "https://ada:pw@chat.example.com/",
        "https://chat.example.com/\r\nHost: x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://chat.example.com:99999/",
        "https://chat.example.com:0/",
        "https://例子.com/",
    ],
)
async def test_what_is_no_webhook_is_refused(tell: Tells, address: str) -> None:
    told = await tell(private=False)
    job = await told.site.job()
    whom = {"kind": "slack", "address": address}
    path = f"api/jobs/{job['id']}/alerts/recipients"
    said = await told.site("POST", path, whom, expect=400)
    assert said["reason"] in ("bad_address", "invalid_body")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:8.8.8.8", True),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2002:a00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("192.0.2.1", False),
        ("::", False),
    ],
)
def test_which_machines_everybody_reaches(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.text(max_size=60).map(lambda text: f"https://{text}"))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        found = parse(text, private=False)
    except BadAddressError:
        return
    assert found.secure
    assert found.host
    assert "@" not in found.authority
    assert not set(found.path + found.authority) & set("\r\n \t")


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_answer_is_taken_that_does_not_say_so(body: bytes, status: int) -> None:
    verdict, said = by_code("errcode", (1,))(status, body)
    assert verdict in ("later", "never")
    assert said
