"""Alerts by mail: a real SMTP server with TLS and sign-in, away, slow, and one that refuses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_runner.spec import RunError
from lodge_services.pages.translation import Translator
from lodge_services.schedules.alerts import courier, messages, outbox, smtp
from lodge_services.schedules.alerts.mail import compose, domain_of, one_line
from lodge_services.schedules.alerts.models import AlertDelivery
from lodge_services.schedules.alerts.sending import FailedError
from lodge_services.schedules.alerts.settings import AlertSettings, MailSettings
from lodge_services.schedules.alerts.words import Entry
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.service import create_service
from lodge_services.schedules.testing import FakeClock, FakeExecutor
from lodge_services.testing import COOKIE_SECRET, FakeHub
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from support.mail import PASSWORD, MailServer, mail_server
from support.scheduling import Site

ADA = "ada@example.com"
WRONG = RunError(
    cell=1, cell_source="1 / <day>", ename="KeyError", evalue="'day'", message="Cell 2 failed"
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@dataclass
class Post:
    """A service that sends by the server, and who is told."""

    site: Site
    server: MailServer

    async def told_job(self, address: str = ADA, user: str = "ada", **values: Any) -> str:
        job = await self.site.job(user, **values)
        whom = {"kind": "mail", "address": address}
        path = f"api/jobs/{job['id']}/alerts/recipients"
        await self.site("POST", path, whom, user=user, expect=201)
        return str(job["id"])

    async def ends(
        self, job_id: str, state: str = "failed", user: str = "ada", log: bytes = b""
    ) -> str:
        run = await self.site.run(job_id, user)
        await self.site.started(run["id"])
        self.site.executor.logs[run["id"]] = log
        error = WRONG if state == "failed" else None
        self.site.executor.end(run["id"], state, error)
        await self.site.until(
            lambda: self.site.service.core.engine.ledger.get(run["id"]).state == state  # type: ignore[union-attr]
        )
        return str(run["id"])

    async def mails(self, count: int) -> list[EmailMessage]:
        await self.site.until(lambda: len(self.server.taken) >= count)
        return [mail for _, mail in self.server.taken]

    async def mail_states(self, job_id: str, user: str = "ada") -> list[dict[str, Any]]:
        """Return the job's messages by mail, newest first."""
        alerts = await self.site("GET", f"api/jobs/{job_id}/alerts", user=user)
        return [one for one in alerts["deliveries"] if one["kind"] == "mail"]

    async def until_state(
        self, job_id: str, state: str, why: str = "", user: str = "ada"
    ) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                (newest, *_) = await self.mail_states(job_id, user)
                if newest["state"] == state and why in newest["message"]:
                    return newest
                await asyncio.sleep(0.02)

    def later(self, **span: float) -> None:
        """Let time pass, and have the courier look again."""
        self.site.clock.advance(**span)
        self.site.service.database.state += 1


Posts = Callable[..., Awaitable[Post]]


@pytest.fixture
async def posts(
    tmp_path: Path,
    make_hub: Callable[..., FakeHub],
    start: Callable[..., Any],
    server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Posts]:
    monkeypatch.setattr(courier, "LOOK_S", 0.02)
    monkeypatch.setattr(messages, "GATHER", messages.GATHER * 0)
    running = []

    async def make(**table: Any) -> Post:
        hub, executor, clock = make_hub("schedules"), FakeExecutor(), FakeClock()
        service = create_service(
            hub.service_settings(tmp_path / "schedules"),
            executor,
            EngineOptions(max_runs=8),
            clock,
            cookie_secret=COOKIE_SECRET,
            alert_settings=AlertSettings(
                mail=MailSettings(**server.table(tmp_path, **table)),
                public_url="https://lodge.example.com",
            ),
        )
        tokens = {"ada": hub.add_member("ada"), "bob": hub.add_member("bob")}
        client = await start(service.application, hub)
        context = service.lifespan()
        await context.__aenter__()
        running.append(context)
        return Post(Site(hub, service, executor, clock, client, tokens), server)

    yield make
    for context in running:
        await context.__aexit__(None, None, None)


async def test_a_failure_is_told_with_cell_error_log_and_links(posts: Posts) -> None:
    post = await posts()
    job_id = await post.told_job(name="Tägliche Verspätung <b>")
    lines = "".join(f"line {number}\n" for number in range(1_000)).encode()
    run_id = await post.ends(job_id, log=lines)
    (mail,) = await post.mails(1)
    assert post.server.taken[0][0] == [ADA]
    assert mail["Subject"] == "Tägliche Verspätung <b> failed"
    assert (mail["From"], mail["To"]) == ("Lodge <lodge@example.com>", ADA)
    plain, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    for said in (
        "Cell 2 failed: KeyError: 'day'",
        "    1 / <day>",
        "    line 999\n",
        f"https://lodge.example.com/services/schedules/runs/{run_id}",
        f"https://lodge.example.com/services/schedules/jobs/{job_id}#alerts",
    ):
        assert said in plain
    assert "line 980" not in plain
    assert "1 / &lt;day&gt;" in html
    assert "<day>" not in html
    assert "Verspätung &lt;b&gt; failed</h1>" in html
    await post.until_state(job_id, "sent")


async def test_one_mail_a_cause_and_one_when_it_works_again_in_the_owners_language(
    posts: Posts,
) -> None:
    post = await posts()
    job_id = await post.told_job()
    await post.site("PATCH", f"api/jobs/{job_id}/alerts", {"language": "zh"})
    for _ in range(3):
        await post.ends(job_id)
    await post.until_state(job_id, "sent")
    await post.ends(job_id, "succeeded")
    mails = await post.mails(2)
    assert [mail["Subject"] for mail in mails] == ["Daily delays 失败", "Daily delays 已恢复"]
    plain = mails[0].get_body(("plain",))
    assert plain is not None
    assert "第 2 个单元格失败" in plain.get_content()


async def test_what_comes_within_a_short_while_is_one_mail(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await posts()
    monkeypatch.setattr(messages, "GATHER", timedelta(seconds=15))
    jobs = [await post.told_job(name=f"Job {number}") for number in range(3)]
    other = await post.told_job("bob@example.com", "bob", name="Bob's")
    for job_id in jobs:
        await post.ends(job_id)
    await post.ends(other, user="bob")
    assert post.server.taken == []
    post.later(seconds=15)
    await post.mails(2)
    found = {mail["To"]: mail for _, mail in post.server.taken}
    assert found[ADA]["Subject"] == "Job 2 failed (and 2 more)"
    plain = found[ADA].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [plain.count(f"Job {number} failed") for number in range(3)] == [1, 1, 1]
    assert found["bob@example.com"]["Subject"] == "Bob's failed"


async def test_a_server_that_was_away_gets_the_mail_when_it_is_back(posts: Posts) -> None:
    post = await posts()
    job_id = await post.told_job()
    post.server.go()
    await post.ends(job_id)
    waiting = await post.until_state(job_id, "waiting", "does not answer")
    assert waiting["tries"] == 1
    post.server.come()
    post.later(minutes=1)
    await post.mails(1)
    await post.until_state(job_id, "sent")


async def test_a_server_that_stays_away_is_given_up_and_that_is_shown(posts: Posts) -> None:
    post = await posts()
    job_id = await post.told_job()
    post.server.go()
    await post.ends(job_id)
    for tries in range(1, 24):
        await post.site.until(lambda tries=tries: _tries(post) >= tries)  # type: ignore[misc]
        post.later(minutes=31)
    given_up = await post.until_state(job_id, "refused")
    assert "does not answer" in given_up["message"]
    assert given_up["tries"] == 24


def _tries(post: Post) -> int:
    view = post.site.service.core.alerts
    with view.database.read() as session:
        return session.scalars(select(func.max(AlertDelivery.tries))).one()


async def test_a_refused_recipient_is_told_at_once_and_others_get_theirs(posts: Posts) -> None:
    post = await posts()
    post.server.refused["gone@example.com"] = "550 5.1.1 No such user here."
    post.server.refused["full@example.com"] = "452 4.2.2 Mailbox full"
    gone = await post.told_job("gone@example.com")
    full = await post.told_job("full@example.com")
    well = await post.told_job()
    for job_id in (gone, full, well):
        await post.ends(job_id)
    refused = await post.until_state(gone, "refused")
    assert refused["message"] == (
        "The mail server 127.0.0.1 takes no mail for gone@example.com: 550 5.1.1 No such user here."
    )
    await post.until_state(full, "waiting", "452 4.2.2 Mailbox full")
    await post.until_state(well, "sent")


@pytest.mark.parametrize(("answer", "state"), [("554 Spam", "refused"), ("451 Busy", "waiting")])
async def test_what_the_server_says_of_a_mail_counts(posts: Posts, answer: str, state: str) -> None:
    post = await posts()
    post.server.data_answer = answer
    job_id = await post.told_job()
    await post.ends(job_id)
    await post.until_state(job_id, state, answer)


async def test_a_refused_sign_in_is_tried_again_and_names_no_password(
    posts: Posts, caplog: pytest.LogCaptureFixture
) -> None:
    post = await posts()
    post.server.password = "another"
    job_id = await post.told_job()
    await post.ends(job_id)
    found = await post.until_state(job_id, "waiting", "refused Lodge's sign-in")
    assert PASSWORD not in found["message"] + caplog.text
    post.server.password = PASSWORD
    post.later(minutes=1)
    await post.until_state(job_id, "sent")


async def test_a_slow_server_holds_up_neither_runs_nor_anothers_bell(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ANSWER_S", 1.0)
    with silent() as port:
        post = await posts(port=port)
        mine = await post.told_job()
        await post.ends(mine)
        theirs = await post.site.job("bob")
        await post.ends(theirs["id"], user="bob")
        alerts = await post.site("GET", "api/alerts", user="bob")
        assert [one["headline"] for one in alerts["items"]] == ["Daily delays failed"]
        await post.until_state(mine, "waiting", "does not answer in time")


async def test_a_certificate_that_nobody_knows_gets_no_password(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await posts()
    monkeypatch.delenv("SSL_CERT_FILE")
    job_id = await post.told_job()
    await post.ends(job_id)
    await post.until_state(job_id, "waiting", "is not to be trusted")
    assert post.server.taken == []


async def test_a_kill_between_the_mail_and_its_note_sends_the_same_mail_again(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await posts()
    noted = outbox.Outbox.sent
    killed: list[bool] = []

    def dying(self: Any, message: Any) -> None:
        if not killed:
            killed.append(True)
            raise OperationalError("killed before the note", {}, OSError())
        noted(self, message)

    monkeypatch.setattr(outbox.Outbox, "sent", dying)
    job_id = await post.told_job()
    await post.ends(job_id)
    await post.mails(1)
    assert (await post.mail_states(job_id))[0]["state"] == "waiting"
    await post.ends(job_id, "succeeded")  # is not part of the mail that was sent
    post.later(minutes=6)
    await post.site.until(lambda: len(post.server.taken) == 3)
    async with asyncio.timeout(10):
        while {one["state"] for one in await post.mail_states(job_id)} != {"sent"}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    identities = [mail["Message-ID"] for mail in await post.mails(3)]
    assert len(set(identities)) == 2


async def test_what_waits_for_a_recipient_who_was_removed_is_not_sent(posts: Posts) -> None:
    post = await posts()
    job_id = await post.told_job()
    post.server.go()
    await post.ends(job_id)
    await post.until_state(job_id, "waiting", "does not answer")
    alerts = await post.site("GET", f"api/jobs/{job_id}/alerts")
    (whom,) = [one["id"] for one in alerts["recipients"] if one["kind"] == "mail"]
    path = f"api/jobs/{job_id}/alerts/recipients/{whom}"
    await post.site("DELETE", path, expect=204)
    post.server.come()
    post.later(minutes=1)
    await post.until_state(job_id, "refused", "told of this job no more")
    assert post.server.taken == []


@pytest.mark.parametrize("security", ["tls", "none"])
def test_each_security_is_spoken(
    tmp_path: Path, security: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path, security) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        settings = MailSettings(**server.table(tmp_path))
        assert "lodge" in smtp.check(settings) or security == "none"
        smtp.deliver(settings, _mail(), ADA)
        assert [whom for whom, _ in server.taken] == [[ADA]]
        assert server.signed_in == (2 if security == "tls" else 0)


def test_a_server_without_tls_gets_no_password(tmp_path: Path) -> None:
    with mail_server(tmp_path, "none") as server:
        settings = MailSettings(**server.table(tmp_path) | {"security": "starttls", "user": "x"})
        with pytest.raises(FailedError, match="no STARTTLS"):
            smtp.deliver(settings, _mail(), ADA)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "a b@example.com",
        "a@b@c",
        "ada@example.com\r\nBcc: x@y.z",
        "Ada <ada@example.com>",
        "ada@example.com,bob@example.com",
        "ada@exa mple.com",
        ".a@b.c",
        "ada@example.com\n",
        "ada@例子.com",
    ],
)
async def test_what_is_no_address_is_refused(posts: Posts, address: str) -> None:
    post = await posts()
    job = await post.site.job()
    whom = {"kind": "mail", "address": address}
    path = f"api/jobs/{job['id']}/alerts/recipients"
    said = await post.site("POST", path, whom, expect=400) if address.strip() == address else None
    assert said is None or said["reason"] in ("bad_address", "invalid_body")
    assert domain_of(address) is None


async def test_only_the_domains_of_the_settings_are_written_to(posts: Posts) -> None:
    post = await posts(domains=["Example.com"])
    job_id = await post.told_job("Ada@EXAMPLE.com")
    path = f"api/jobs/{job_id}/alerts/recipients"
    whom = {"kind": "mail", "address": "ada@elsewhere.com"}
    said = await post.site("POST", path, whom, expect=400)
    assert said["reason"] == "foreign_address"
    again = {"kind": "mail", "address": "ada@example.com"}
    assert (await post.site("POST", path, again, expect=409))["reason"] == "told_already"


@given(st.text(max_size=200))
def test_no_text_ends_a_header(text: str) -> None:
    mail = _mail(f"{text} failed")
    head = mail.as_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
    names = [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in " \t"]
    assert names == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert len(one_line(text, 150)) <= 150


@given(st.text(alphabet="ab.@- \n,<>é", max_size=30))
def test_no_address_names_two(text: str) -> None:
    if domain_of(text) is not None:
        assert text.count("@") == 1
        assert not set(text) & set(" \n,<>é")


def _mail(headline: str = "Daily delays failed") -> EmailMessage:
    entry = Entry("failed", headline, ["It fell."], "1/0", "log", "https://x/r", "https://x/j")
    return compose(
        [entry],
        sender="Lodge <lodge@example.com>",
        to=ADA,
        batch="b1",
        now=datetime(2027, 1, 1, tzinfo=UTC),
        translate=Translator("en", {}),
    )


@contextmanager
def silent() -> Iterator[int]:
    """Listen and never answer; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
