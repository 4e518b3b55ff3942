"""A path and the handler that answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tornado import web
from tornado.routing import URLSpec


@dataclass(frozen=True)
class Route:
    """A path below the service's prefix, with ``{name}`` for its variable parts.

    Parameters
    ----------
    path
        For example ``api/shares/{share_id}``; what stands for ``{share_id}`` has no slash and is
        handed to the verb as a keyword argument.
    handler
        The tornado handler.
    name
        What the route is called in the OpenAPI document; unique.
    parts
        Regular expressions of variable parts that are not just "no slash".
    """

    path: str
    handler: type[web.RequestHandler]
    name: str
    parts: dict[str, str] = field(default_factory=dict)

    def pattern(self, prefix: str) -> str:
        """Return tornado's regular expression below `prefix`."""

        def part(match: re.Match[str]) -> str:
            name = match[1]
            return f"(?P<{name}>{self.parts.get(name, '[^/]+')})"

        escaped = re.sub(r"\\{(\w+)\\}", part, re.escape(self.path))
        return re.escape(prefix) + escaped

    def spec(self, prefix: str, **kwargs: Any) -> URLSpec:
        """Return tornado's form of the route."""
        return URLSpec(self.pattern(prefix), self.handler, kwargs=kwargs)
