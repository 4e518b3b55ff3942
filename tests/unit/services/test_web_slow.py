"""What takes many seconds: nobody keeps all threads for it."""

from __future__ import annotations

import asyncio
import threading

from lodge_services.pages.environment import Pages
from lodge_services.testing import FakeHub
from lodge_services.web.context import SLOW, SLOW_EACH, ServiceContext


async def test_one_person_does_not_keep_others_waiting(make_hub: object) -> None:
    hub = make_hub("shares")  # type: ignore[operator]
    assert isinstance(hub, FakeHub)
    context = ServiceContext(hub=hub.settings(), core=None, pages=Pages())
    free, begun = threading.Event(), threading.Semaphore(0)

    def work() -> str:
        begun.release()
        free.wait(30)
        return "done"

    mine = [asyncio.create_task(context.call_slow("user:ada", work)) for _ in range(10)]
    for _ in range(SLOW_EACH):
        await asyncio.to_thread(begun.acquire)
    async with asyncio.timeout(10):
        assert await context.call_slow("user:bob", lambda: "bob's") == "bob's"
    assert begun.acquire(blocking=False) is False
    free.set()
    assert await asyncio.gather(*mine) == ["done"] * 10
    assert SLOW_EACH < SLOW
    del mine
    assert not context._turns
    context.close()
