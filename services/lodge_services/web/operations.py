"""What a handler's verb takes and gives: parsed, checked, replied and documented in one place."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel
from tornado.httputil import HTTPServerRequest

from .parsing import parse_body, parse_query

Verb = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """One verb of one path, as the OpenAPI document tells of it."""

    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    returns: type[BaseModel] | None = None
    status: int = 200
    media_type: str = "application/json"
    errors: tuple[int, ...] = ()


class Replying(Protocol):
    """A handler that writes what an operation gives."""

    request: HTTPServerRequest

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Return an argument as text."""

    def reply(self, result: Any, operation: Operation) -> None:
        """Write what a verb returned, as its `operation` says."""


def operation(
    summary: str,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: type[BaseModel] | None = None,
    status: int = 200,
    media_type: str = "application/json",
    errors: tuple[int, ...] = (),
) -> Callable[[Verb], Verb]:
    """Document a verb, hand it its parsed ``body`` and ``query``, and write what it returns.

    Parameters
    ----------
    summary
        What the verb does, sentence case.
    body, query
        Models of the JSON body and of the query arguments; passed on as keyword arguments.
    returns
        Model of the reply. None: the verb returns a JSON value, or ``str``/``bytes`` of
        `media_type`, or None for an empty reply.
    status
        HTTP status of a good reply.
    media_type
        Of the reply, when it is no JSON.
    errors
        HTTP statuses besides 401 and 403 that the verb may answer with.
    """
    described = Operation(summary, body, query, returns, status, media_type, errors)

    def decorate(verb: Verb) -> Verb:
        @functools.wraps(verb)
        async def run(self: Replying, *args: Any, **kwargs: Any) -> None:
            if body is not None:
                kwargs["body"] = parse_body(body, self.request.body)
            if query is not None:
                arguments = {
                    name: [self.decode_argument(value, name) for value in values]
                    for name, values in self.request.query_arguments.items()
                }
                kwargs["query"] = parse_query(query, arguments)
            self.reply(await verb(self, *args, **kwargs), described)

        run.__lodge_operation__ = described  # type: ignore[attr-defined]
        return run

    return decorate


def operation_of(verb: Any) -> Operation | None:
    """Return what `operation` says of a handler's method, or None."""
    found = getattr(verb, "__lodge_operation__", None)
    return found if isinstance(found, Operation) else None
