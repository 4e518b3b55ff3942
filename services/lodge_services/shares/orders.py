"""Orders of the list of shares: each walks an index, from any place in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from ..db.engine import UtcDateTime
from ..errors import BadRequest
from ..web.paging import decode_cursor
from .models import Share
from .tables import ShareRow

Sort = Literal["latest", "reads", "forks"]

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    """An order: the highest number first, and of equal ones the most recently changed.

    Attributes
    ----------
    number
        Name of the number; None where there is only the time.
    """

    number: Literal["reads", "forks"] | None = None

    @property
    def columns(self) -> Sequence[InstrumentedAttribute[Any]]:
        """What is sorted by, all of it from the highest."""
        counted = {"reads": ShareRow.reads, "forks": ShareRow.forks}
        first = [counted[self.number]] if self.number else []
        return [*first, ShareRow.updated_at, ShareRow.id]

    def below(self, key: Key) -> ColumnElement[bool]:
        """Return what a row must fulfil to come after the one with that key."""
        return tuple_(*self.columns) < _bound(key)

    def above(self, key: Key) -> ColumnElement[bool]:
        """Return what a row must fulfil to come before the one with that key."""
        return tuple_(*self.columns) > _bound(key)

    def cursor(self, share: Share) -> Sequence[str]:
        """Return the key of a share as strings."""
        first = [self.number, str(getattr(share, self.number))] if self.number else []
        return [*first, share.updated_at.isoformat(), share.id]

    def after(self, cursor: str) -> ColumnElement[bool]:
        """Return what a row must fulfil to come after the page that gave `cursor`.

        Raises
        ------
        BadRequest
            The cursor belongs to another list.
        """
        parts = decode_cursor(cursor, 4 if self.number else 2)
        try:
            key: list[Any] = [datetime.fromisoformat(parts[-2]), parts[-1]]
            if key[0].tzinfo is None:
                raise ValueError("no zone")
            if self.number:
                count = int(parts[1]) if len(parts[1]) < 10 else -1
                if parts[0] != self.number or count < 0:
                    raise ValueError("another order")
                key.insert(0, count)
        except ValueError as error:
            raise BadRequest(
                "bad_cursor",
                "The cursor does not belong to this list; ask for its first page again.",
            ) from error
        return self.below(tuple(key))


ORDERS: dict[Sort, Order] = {
    "latest": Order(),
    "reads": Order("reads"),
    "forks": Order("forks"),
}


def _bound(key: Key) -> ColumnElement[Any]:
    return tuple_(*(literal(part, UtcDateTime() if part is key[-2] else None) for part in key))
