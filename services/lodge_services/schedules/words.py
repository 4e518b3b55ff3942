"""States and spans of time in words."""

from __future__ import annotations

from ..pages.translation import Translator

_STATES = {
    "queued": "Queued",
    "running": "Running",
    "succeeded": "Succeeded",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


def state_words(state: str, translate: Translator) -> str:
    """Return the name of a run's state."""
    return translate(_STATES[state])


def duration_words(seconds: float | None, translate: Translator) -> str:
    """Say how long something took; an empty text for what is not known."""
    if seconds is None:
        return ""
    if seconds < 10:
        return translate("{seconds} s", seconds=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return translate("{seconds} s", seconds=whole)
    if whole < 3600:
        return translate("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return translate("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)
