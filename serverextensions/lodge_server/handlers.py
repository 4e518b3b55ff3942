"""What every handler of ours does alike: parse, ask the core, answer, errors in one shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_server.base.handlers import APIHandler
from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import BadInput, LodgeServerError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from .cores import Cores

Model = TypeVar("Model", bound=BaseModel)

CORES = "lodge_cores"
"""Key of the cores in the web application's settings."""


class Body(BaseModel):
    """A request's body: what is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class LodgeHandler(APIHandler):
    """Base of the API's handlers.

    Each concrete verb carries ``@web.authenticated`` and ``@authorized`` itself: an inherited one
    would be authorized for the resource of the base class.
    """

    @property
    def cores(self) -> Cores:
        """What answers."""
        return cast("Cores", self.settings[CORES])

    def body(self, model: type[Model]) -> Model:
        """Return the request's body as a `model`; an absent one counts as ``{}``.

        Raises
        ------
        BadInput
            It is no JSON, or not what the model wants.
        """
        try:
            return model.model_validate_json(self.request.body or b"{}")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadInput(
                "bad_request", f"{where}: {first['msg']}." if where else f"{first['msg']}."
            ) from None

    def required(self, name: str) -> str:
        """Return an argument of the query.

        Raises
        ------
        BadInput
            It is missing or empty.
        """
        value: str = self.get_query_argument(name, "")
        if not value:
            raise BadInput("bad_request", f"The query lacks “{name}”.")
        return value

    def given(self, *names: str) -> dict[str, str]:
        """Return those arguments of the query that are there."""
        values = {name: self.get_query_argument(name, "") for name in names}
        return {name: value for name, value in values.items() if value}

    async def answer(self, result: Awaitable[Any], status: int = 200) -> None:
        """Send what the core returns, or its error as ``{message, reason}``."""
        try:
            value = await result
        except LodgeServerError as error:
            self.refuse(error)
            return
        self.set_status(204 if value is None else status)
        await self.finish(None if value is None else json.dumps(value))

    def refuse(self, error: LodgeServerError) -> None:
        """Send an error of the core."""
        self.log.info("%s %s refused: %s", self.request.method, self.request.path, error.reason)
        self.set_status(error.status)
        self.finish(json.dumps({"message": error.message, "reason": error.reason}))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer errors that verbs raise; those of the core keep their status and sentence."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, LodgeServerError):
            self.refuse(error)
        else:
            super().write_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Keep the tracebacks of what was told to the user out of the log."""
        if not isinstance(value, LodgeServerError):
            super().log_exception(typ, value, tb)
