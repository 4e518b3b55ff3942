"""How large files may be, as the service is told of it by its environment."""

from __future__ import annotations

from collections.abc import Mapping

from ...web.settings import SettingsError
from .models import MIB, Limits


def read_limits(environ: Mapping[str, str]) -> Limits:
    """Return the limits of ``LODGE_SHARE_FILE_MIB`` and ``LODGE_SHARE_FILES_MIB``.

    Raises
    ------
    SettingsError
        One is no whole number of MiB.
    """
    usual = Limits()
    return Limits(
        each=_mib(environ, "LODGE_SHARE_FILE_MIB", usual.each),
        all=_mib(environ, "LODGE_SHARE_FILES_MIB", usual.all),
    )


def _mib(environ: Mapping[str, str], name: str, usual: int) -> int:
    said = environ.get(name) or str(usual // MIB)
    if not said.isascii() or not said.isdigit() or len(said) > 4:
        raise SettingsError(f"{name} is {said!r}, and must be a whole number of MiB.")
    return int(said) * MIB
