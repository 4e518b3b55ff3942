"""Which profile a server runs under, and which its user may choose."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

PROFILE, PROFILES = "LODGE_PROFILE", "LODGE_PROFILES"
"""Variables of the server: the profile it runs under, and those its user may choose, as JSON."""

_SLUG = re.compile(r"[a-z0-9-]{1,50}\Z")


def profile_of(environ: Mapping[str, str]) -> str:
    """Return the profile that a server runs under; "" where there are none."""
    found = environ.get(PROFILE, "")
    return found if _SLUG.match(found) else ""


def profiles_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the profiles are called that the server's user may choose, by name."""
    try:
        said = json.loads(environ.get(PROFILES) or "{}")
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: title for name, title in said.items() if isinstance(title, str)}
