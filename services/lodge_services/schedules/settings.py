"""What schedules are told through their environment, beside what all services are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..web.settings import SettingsError
from .alerts.settings import AlertSettings
from .engine import EngineOptions


@dataclass(frozen=True)
class ScheduleSettings:
    """Settings of the engine and its executor.

    Parameters
    ----------
    local_settings
        ``LODGE_LOCAL_SETTINGS``: the JSON file that says what processes of users start with.
    options
        ``LODGE_MAX_RUNS`` (how many runs run at a time, default 2), ``LODGE_KEEP_RUNS`` (how many
        ended runs of a job are kept, default 100) and ``LODGE_STOP_RUNS`` (1: runs end with the
        service; by default they go on, and the next start takes them over).
    shares_url
        ``LODGE_SHARES_URL``: where the service of shares is reached, ending in a slash. Empty:
        there is none, and runs go on no page.
    alerts
        How people are told; see `AlertSettings`.
    """

    local_settings: Path
    options: EngineOptions
    shares_url: str = ""
    alerts: AlertSettings = field(default_factory=AlertSettings)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> ScheduleSettings:
        """Read the settings out of `environ` (default: the process's own).

        Raises
        ------
        SettingsError
            A variable is missing or is not a number that fits.
        """
        env = os.environ if environ is None else environ
        path = env.get("LODGE_LOCAL_SETTINGS")
        if not path:
            raise SettingsError(
                "The environment variable LODGE_LOCAL_SETTINGS is not set; it names the file with "
                "the settings of users' processes."
            )
        stop = env.get("LODGE_STOP_RUNS") or "0"
        if stop not in ("0", "1"):
            raise SettingsError(f"LODGE_STOP_RUNS is {stop!r}; it must be 0 or 1.")
        return cls(
            local_settings=Path(path),
            options=EngineOptions(
                max_runs=_number(env, "LODGE_MAX_RUNS", EngineOptions.max_runs),
                keep_runs=_number(env, "LODGE_KEEP_RUNS", EngineOptions.keep_runs),
                stop_runs=stop == "1",
            ),
            shares_url=env.get("LODGE_SHARES_URL", ""),
            alerts=AlertSettings.from_environment(env),
        )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise SettingsError(f"{name} is {text!r}; it must be a number from 1 to 100000.")
    return int(text)
