"""Killed again and again while runs fail and mails go out, Lodge tells each, as one mail."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from lodge_services.schedules.alerts.courier import AT_ONCE
from lodge_services.schedules.alerts.models import AlertDelivery
from lodge_services.schedules.alerts.places import Places
from lodge_services.schedules.ledger import Lease
from lodge_services.schedules.models import Run
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import FakeClock, FakeExecutor, make_core, new_job
from sqlalchemy import func, select
from support import alerts_process
from support.lodge import wait_for
from support.mail import mail_server

JOBS, KILLS = 60, 12


def test_no_kill_loses_an_alert_or_tells_it_as_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    core = make_core(tmp_path, FakeExecutor(), clock)
    core.alerts.places = Places(mail=True)
    lease = Lease("nobody", clock())
    for number in range(JOBS):
        owner = f"user{number}"
        job_id = core.create_job(owner, new_job()).job.id
        core.alerts.add(Viewer(owner), job_id, "mail", f"{owner}@example.com")
        run = core.run_now(Viewer(owner), job_id, {})
        core.engine.ledger.claim(run.id, lease, clock())

    def left() -> int:
        going = select(func.count()).where(Run.state == "running")
        waiting = select(func.count()).where(AlertDelivery.state == "waiting")
        with core.database.read() as session:
            return (session.scalar(going) or 0) + (session.scalar(waiting) or 0)

    dice = random.Random(7)
    with mail_server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        url = str(core.database.engine.url)
        command = [sys.executable, alerts_process.__file__, url, json.dumps(server.table(tmp_path))]
        kills = 0
        for last in [*[False] * KILLS, True]:
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == "begun\n"
                if last:
                    wait_for(lambda: left() == 0, 60)
                else:
                    kills += left() > 0
                    time.sleep(dice.uniform(0.0, 0.3))  # it is killed anywhere
                process.kill()
        told: dict[str, list[str]] = defaultdict(list)
        for whom, mail in server.taken:
            told[whom[0]].append(str(mail["Message-ID"]))
    assert kills > KILLS / 2
    assert set(told) == {f"user{number}@example.com" for number in range(JOBS)}
    # The same mail may come twice where the kill came before the note: never another one.
    assert all(len(set(identities)) == 1 for identities in told.values())
    assert len(server.taken) - JOBS <= kills * AT_ONCE
    with core.database.read() as session:
        states = session.execute(
            select(AlertDelivery.kind, AlertDelivery.state, func.count()).group_by(
                AlertDelivery.kind, AlertDelivery.state
            )
        ).all()
    assert sorted(map(tuple, states)) == [("bell", "sent", JOBS), ("mail", "sent", JOBS)]
    core.database.close()
