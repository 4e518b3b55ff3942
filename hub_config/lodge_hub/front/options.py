"""What is kept of the options that a user starts a server with: every list of users shows them."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub.apihandlers.users import UserServerAPIHandler
from tornado.web import HTTPError

#: Options are kept up to this length as JSON, in characters, and so many levels deep.
_LONGEST, _DEEPEST = 64_000, 32


class ServerHandler(UserServerAPIHandler):
    """Starts a server, with options that are short and flat enough to be read back and listed."""

    def get_server_json_body(self) -> Any:
        """Return name and options.

        Raises
        ------
        tornado.web.HTTPError
            They are not to be kept.
        """
        options = super().get_server_json_body()
        if is_too_much(options):
            raise HTTPError(
                400,
                "The server can't start with these options, since they are too long or nested too "
                "deep: leave them out, or choose them on the page that starts a server.",
            )
        return options


def is_too_much(options: Any) -> bool:
    """Tell whether a JSON value is too long or nested too deep to be kept."""
    level = [options]
    for _ in range(_DEEPEST):
        level = [item for one in level for item in _inside(one)]
    return bool(level) or len(json.dumps(options)) > _LONGEST


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
