"""The language of the lines below cells: that of the user's JupyterLab, English or Chinese."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

from lodge_magics.chinese import MESSAGES, NOUNS

__all__ = ["in_chinese", "many", "say"]

_SETTING = Path("@jupyterlab/translation-extension/plugin.jupyterlab-settings")
# The file is JSON with comments.
_LOCALE = re.compile(r'^\s*\{?\s*"locale"\s*:\s*"(?P<name>[^"]*)"', re.MULTILINE)


def say(english: str, **values: object) -> str:
    """Return a text in the user's language.

    Parameters
    ----------
    english
        With the names of values in braces.
    **values
        What goes in their places.
    """
    text = MESSAGES[english] if in_chinese() else english
    return text.format(**values)


def many(number: int, what: str, several: str = "") -> str:
    """Return a number with its noun in the user's language: `1 job`, `2 jobs`, `2 个作业`.

    Parameters
    ----------
    number
        How many.
    what, several
        The English noun, and its plural where that does not end in one more s.
    """
    if in_chinese():
        return f"{number:,} {NOUNS[what]}"
    return f"{number:,} {what}" if number == 1 else f"{number:,} {several or what + 's'}"


def in_chinese() -> bool:
    """Tell whether the user's JupyterLab speaks Chinese."""
    file = _folder() / _SETTING
    try:
        return _locale(file, file.stat().st_mtime_ns).lower().startswith("zh")
    except OSError:  # nobody has chosen a language
        return False


def _folder() -> Path:
    named = os.environ.get("JUPYTERLAB_SETTINGS_DIR")
    if named:
        return Path(named)
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "lab" / "user-settings"


@functools.lru_cache(maxsize=4)
def _locale(file: Path, changed: int) -> str:
    del changed  # another moment is another file
    found = _LOCALE.search(file.read_text(encoding="utf-8", errors="replace"))
    return found["name"] if found else ""
