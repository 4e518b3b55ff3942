"""English and Chinese: English is the key, a catalogue gives the Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Translator:
    """Gives a message in one language; a missing one stays English."""

    language: str
    messages: Mapping[str, str]

    def __call__(self, message: str, /, **values: Any) -> str:
        """Return `message` translated, with ``{name}`` replaced by `values`."""
        text = self.messages.get(message, message)
        return text.format(**values) if values else text

    def told(self, sentence: str) -> str:
        """Return a sentence translated that has its values in it already, as an error has."""
        if sentence in self.messages:
            return self.messages[sentence]
        for message, text in self.messages.items():
            # Words and labels are none.
            if "{" in message and message.endswith("."):
                found = _pattern(message).fullmatch(sentence)
                if found:
                    return text.format(**found.groupdict())
        return sentence


@lru_cache(maxsize=1_000)
def _pattern(message: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", message)
    named = [f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)]
    return re.compile("".join(named), re.DOTALL)


def choose_language(accept_language: str) -> str:
    """Return the supported language that an ``Accept-Language`` header likes best.

    >>> choose_language("zh-CN,zh;q=0.9,en;q=0.8")
    'zh'
    >>> choose_language("fr;q=1, zh;q=0.5, en;q=0.7")
    'en'
    >>> choose_language("")
    'en'
    """
    best, best_quality = "en", 0.0
    for part in accept_language[:1000].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                quality = 0.0
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best
