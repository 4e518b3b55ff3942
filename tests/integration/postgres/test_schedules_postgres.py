"""Alerts of schedules on Postgres: two services share the work, and neither tells twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from lodge_services.db import Database, upgrade
from lodge_services.db.migrate import downgrade
from lodge_services.schedules.alerts.lateness import Lateness
from lodge_services.schedules.alerts.outbox import Outbox
from lodge_services.schedules.alerts.places import Places
from lodge_services.schedules.blobs import Snapshots
from lodge_services.schedules.core import Schedules
from lodge_services.schedules.engine import Engine
from lodge_services.schedules.ledger import Lease, Ledger
from lodge_services.schedules.models import Base
from lodge_services.schedules.outcome import failure
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import FakeClock, FakeExecutor, new_job
from support.databases import PASSWORD, Postgres

ADA = Viewer("ada")


@pytest.fixture
def url(server: Postgres) -> Iterator[str]:
    def administrate(statement: bytes) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user="admin", password=PASSWORD, dbname="postgres",
            autocommit=True,
        ) as connection:  # fmt: skip
            connection.execute(statement)

    administrate(b"CREATE DATABASE schedules")
    yield f"postgresql+psycopg://admin:{PASSWORD}@127.0.0.1:{server.port}/schedules"
    administrate(b"DROP DATABASE schedules WITH (FORCE)")


def core_on(url: str, folder: Path, clock: FakeClock) -> Schedules:
    upgrade(url, "schedules")
    database = Database(url)
    snapshots = Snapshots(folder)
    engine = Engine(Ledger(database), FakeExecutor(), snapshots, None, clock)
    core = Schedules(database, engine, snapshots, clock)
    core.alerts.places = Places(mail=True)
    return core


def fail(core: Schedules, clock: FakeClock, job_id: str) -> None:
    run = core.run_now(ADA, job_id, {})
    ledger = core.engine.ledger
    ledger.claim(run.id, Lease("x", clock()), clock())
    assert ledger.finish(run.id, failure("It fell.", clock()))


def test_alerts_on_postgres(url: str, tmp_path: Path) -> None:
    clock = FakeClock()
    core = core_on(url, tmp_path, clock)
    with core.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    jobs = [core.create_job("ada", new_job(cron="0 8 * * *")).job.id for _ in range(20)]
    for job_id in jobs:
        core.alerts.add(ADA, job_id, "mail", f"{job_id}@example.com")
        core.alerts.change(ADA, job_id, {"late": True, "late_minutes": 10})
        fail(core, clock, job_id)
        fail(core, clock, job_id)
    assert [one.what for one in core.alerts.notices("ada")] == ["failed"] * 20
    # Two services take what waits, all at once: each message goes to one of them.
    clock.advance(minutes=1)
    boxes = [Outbox(Database(url), clock) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: boxes[number % 2].take(), range(40)))
    sent = [one.entries[0].address for one in taken if one is not None]
    assert len(sent) == len(set(sent))
    more = [message for _ in range(20) if (message := boxes[0].take()) is not None]
    assert len(sent) + len(more) == 20
    for message in [*filter(None, taken), *more]:
        boxes[0].sent(message)
    assert boxes[1].take() is None
    # What fires now is looked at later; two look at once, and tell once.
    for job_id in jobs[:5]:
        core.alerts.change(ADA, job_id, {"failed": False})
    clock.advance(hours=1)
    late = core.create_job("ada", new_job(cron="30 8 * * *")).job.id
    core.alerts.change(ADA, late, {"late": True, "late_minutes": 10})
    clock.advance(minutes=30)
    core.engine.ledger.fire_due(clock())
    clock.advance(minutes=11)
    looks = [Lateness(box.database, clock) for box in boxes]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda look: look.look(), looks))
    told = [one.what for one in core.alerts.notices("ada") if one.job_id == late]
    assert told == ["late"]
    for box in boxes:
        box.database.close()
    core.database.close()
    downgrade(url, "schedules", "0003")
    upgrade(url, "schedules")
