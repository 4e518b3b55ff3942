"""Ends the runs that go on, as failed, and sends what that tells, until it is killed.

argv: the database's URL, and the table ``[mail]`` as JSON. A line says that it has begun.
"""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from lodge_services.clock import utc_now
from lodge_services.db import Database
from lodge_services.pages.translation import Translator
from lodge_services.schedules.alerts import courier, messages, outbox
from lodge_services.schedules.alerts.lateness import Lateness
from lodge_services.schedules.alerts.settings import MailSettings
from lodge_services.schedules.alerts.smtp import MailSender
from lodge_services.schedules.ledger import Ledger
from lodge_services.schedules.outcome import failure
from lodge_services.schedules.testing import FakeExecutor


async def main(url: str, mail: str) -> None:
    """Go on until killed."""
    # As in a service, but that nobody has to wait for minutes after a kill.
    messages.GATHER = timedelta()
    outbox.LEASE = timedelta(seconds=1)
    courier.LOOK_S = courier.LONGEST_S = 0.05
    database = Database(url)
    ledger = Ledger(database)
    sender = MailSender(
        MailSettings(**json.loads(mail)),
        "https://lodge.example.com/",
        lambda _: Translator("en", {}),
        utc_now,
        ThreadPoolExecutor(8),
    )
    box, lateness = outbox.Outbox(database, utc_now), Lateness(database, utc_now)
    async with courier.telling(box, lateness, {"mail": sender}, FakeExecutor()):
        print("begun", flush=True)
        for run in ledger.in_state("running"):
            await asyncio.to_thread(ledger.finish, run.id, failure("It fell.", utc_now()))
            await asyncio.sleep(0.02)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
