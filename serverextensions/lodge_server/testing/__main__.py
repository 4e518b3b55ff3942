"""Serves a fake service, for trying the plugins."""

from __future__ import annotations

import asyncio
import sys

from .service import FakeService


async def _main(port: int) -> None:
    fake = FakeService(seconds_per_cell=1.5)
    fake.start(port)
    sys.stdout.write(f"{fake.url} token {fake.token} user {fake.user}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
