"""What a running service is made of, handed to every handler."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from ..pages.environment import Pages
from .people import People
from .settings import HubSettings

P = ParamSpec("P")
T = TypeVar("T")

SLOW, SLOW_EACH = 3, 2
"""Threads for what may take many seconds, and how many of them one person may keep."""


@dataclass
class ServiceContext:
    """The service's parts.

    Parameters
    ----------
    hub
        The hub this service belongs to.
    core
        The service's own core object, which knows no HTTP.
    pages
        Templates, translations and static files.
    max_body
        Largest request body that is accepted, in bytes.
    """

    hub: HubSettings
    core: Any
    pages: Pages
    max_body: int = 32 * 1024 * 1024
    workers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(8, thread_name_prefix="lodge-core")
    )
    slow_workers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(SLOW, thread_name_prefix="lodge-slow")
    )

    active: int = 0
    """Requests that are under way."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no request is under way."""

    def __post_init__(self) -> None:
        self.idle.set()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self.people = People(self.hub)
        """Knows what people are called."""

    def begin_request(self) -> None:
        """Count a request that begins."""
        self.active += 1
        self.idle.clear()

    def end_request(self) -> None:
        """Count a request that has ended."""
        self.active -= 1
        if self.active == 0:
            self.idle.set()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in a worker thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.workers, functools.partial(function, *args, **kwargs)
        )

    async def call_slow(
        self, whose: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run what may take many seconds: it waits for its like, and nothing quick waits for it.

        Nobody keeps all of the threads: what `whose` asks for beyond `SLOW_EACH` waits for their
        own.
        """
        # Gone with the last who waits.
        turn = self._turns.setdefault(whose, asyncio.Semaphore(SLOW_EACH))
        async with turn:
            return await asyncio.get_running_loop().run_in_executor(
                self.slow_workers, functools.partial(function, *args, **kwargs)
            )

    def close(self) -> None:
        """Let the workers go; work that was not begun is dropped."""
        self.people.close()
        self.slow_workers.shutdown(wait=False, cancel_futures=True)
        self.workers.shutdown(wait=False, cancel_futures=True)
