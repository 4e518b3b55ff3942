"""The most that a session may ask for, as the platform's admins set it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from lodge_magics.errors import OptionError
from lodge_magics.language import say

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_limits", "limits_of_platform"]

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgtp]?)b?", re.IGNORECASE)
_FACTORS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}


def limits_of_platform() -> dict[str, str]:
    """Return the limits by Spark's setting, from `LODGE_SPARK_LIMITS` (JSON); empty without it."""
    try:
        found = json.loads(os.environ.get("LODGE_SPARK_LIMITS", "{}"))
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()}


def check_limits(settings: Mapping[str, str], limits: Mapping[str, str]) -> None:
    """Refuse a setting that asks for more than its limit.

    Parameters
    ----------
    settings
        What a `%%spark` asks for.
    limits
        The most, by setting: a number or a size with its unit. Memory without a unit counts as
        MiB, as Spark takes it.

    Raises
    ------
    OptionError
        One asks for more, with the limit in the sentence.
    """
    for name, limit in limits.items():
        wanted, most = _amount(name, settings.get(name)), _amount(name, limit)
        if wanted is not None and most is not None and wanted > most:
            raise OptionError(
                say(
                    "{name} = {value} is more than the {limit} that the platform allows; ask for "
                    "{limit} at most, or the platform team for more.",
                    name=name,
                    value=settings[name],
                    limit=limit,
                )
            )


def _amount(name: str, text: str | None) -> float | None:
    found = _AMOUNT.fullmatch((text or "").strip())
    if found is None:
        return None
    unit = found.group(2).lower()
    if not unit:
        unit = "m" if name.lower().endswith(("memory", "memoryoverhead")) else "b"
    return float(found.group(1)) * _FACTORS[unit]
