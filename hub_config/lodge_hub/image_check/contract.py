"""What an image is held against."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version

from .. import __version__


@dataclass(frozen=True)
class Wanted:
    """What the installation that an image is for has.

    Parameters
    ----------
    lodge
        Version of Lodge.
    jupyterhub
        Version of the hub.
    pyspark
        Version of PySpark, or how it begins, such as ``3.5``; None takes any.
    entrypoint
        The image's entry point; None: it isn't known, and not tried.
    """

    lodge: str
    jupyterhub: str
    pyspark: str | None = None
    entrypoint: tuple[str, ...] | None = None

    def to_json(self) -> str:
        """Return it as the script inside the image reads it."""
        return json.dumps(asdict(self))


def installed_lodge(pyspark: str | None = None) -> Wanted:
    """Return what images have to fit: the Lodge that runs this."""
    return Wanted(__version__, version("jupyterhub"), pyspark)
