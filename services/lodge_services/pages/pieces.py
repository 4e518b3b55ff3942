"""Pages that are the same for many readers, but for a few gaps that each request fills anew."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain

from markupsafe import Markup

# Unknown to whoever writes what pages show, so nobody can make a gap.
_SECRET = secrets.token_hex(16)
_GAP = re.compile(rf"{_SECRET}\((\w+) ([^)]*)\)")


def gap(name: str, argument: str = "") -> Markup:
    """Return what stands in a template's page for the gap `name`."""
    return Markup(f"{_SECRET}({name} {argument})")  # noqa: S704  (nothing of a user's)


@dataclass(frozen=True)
class Pieces:
    """A page with gaps.

    Attributes
    ----------
    parts
        Texts, encoded; each but the last is followed by a gap.
    gaps
        Name and argument of each gap.
    """

    parts: tuple[bytes, ...]
    gaps: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, page: str) -> Pieces:
        """Take apart a page that `gap` was used in."""
        found = _GAP.split(page)
        parts = tuple(part.encode() for part in found[::3])
        return cls(parts, tuple(zip(found[1::3], found[2::3], strict=True)))

    @property
    def size(self) -> int:
        """Bytes of the texts."""
        return sum(len(part) for part in self.parts) + 200 * len(self.parts)

    @cached_property
    def digest(self) -> bytes:
        """Tells these texts from others while this process lives."""
        found = sha256(_SECRET.encode())
        for part in self.parts:
            found.update(b"%d\n" % len(part) + part)
        return found.digest()

    def fill(self, fillings: Mapping[str, Callable[[str], bytes]]) -> list[bytes]:
        """Return what the gaps are filled with.

        Parameters
        ----------
        fillings
            By a gap's name, what makes its content, safe HTML, out of its argument.
        """
        return [fillings[name](argument) for name, argument in self.gaps]

    def whole(self, filled: Sequence[bytes]) -> bytes:
        """Return the whole page."""
        between = zip(filled, self.parts[1:], strict=True)
        return b"".join((self.parts[0], *chain.from_iterable(between)))
