"""Secrets that stand in a notebook, its sources and outputs, or in a text: keys, tokens, passwords.

What keys look like is detect-secrets' knowledge: each of its detectors by itself, and none that
guesses by how random a text looks, for digests and ids are everywhere in notebooks. Beside it stand
passwords in the settings of connections, as notebooks write them.
"""

from __future__ import annotations

import codecs
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

#: Detectors of detect-secrets, by module: class.
_DETECTORS = {
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "cloudant": "CloudantDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "jwt": "JwtTokenDetector",
    "keyword": "KeywordDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "private_key": "PrivateKeyDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
#: A setting whose name says that it is secret, and its value.
_SETTING = re.compile(
    r"(?:^|[^a-z])(?:password|passwd|pwd|secret[._-]?(?:access[._-]?)?key|access[._-]?token|api[._-]?key"
    r"|auth[._-]?token|client[._-]?secret)"
    r"[\"']?\s*(?:[=:]|,\s*(?=[\"'])|=>)\s*[\"']?([^\s\"',;&)\]}>]{6,200})",
    re.IGNORECASE,
)
#: What stands for a secret and is none: variables, calls, placeholders, what was masked.
_STAND_IN = re.compile(
    r"[<({$%:\[]|.*[({\[]|(?:os\.|env|get|self\.|str|none|null|true|false|input|your|my|example|password"
    r"|passwd|secret|token|key|changeme|hidden|redacted|masked)[\w.]*\Z|[*x.•_-]+\Z|[a-z_]+\.[a-z_.]+\Z",
    re.IGNORECASE,
)
#: Characters of the shortest secret.
_SHORTEST = 6
#: Characters of a line that are looked at; longer ones are data.
_LINE = 2_000
#: Characters of a notebook that are looked at.
_ALL = 4_000_000
#: Bytes of a file that are looked at: what has more is data.
_FILE = 500_000


@dataclass(frozen=True)
class FoundSecret:
    """A secret in a notebook. It is not told itself.

    Attributes
    ----------
    cell
        The cell's index, from 0.
    place
        Whether it stands in the cell's source or in its outputs.
    kind
        What it looks like, such as ``AWS Access Key``.
    """

    cell: int
    place: Literal["source", "output"]
    kind: str


def find_secrets(notebook: Mapping[str, Any]) -> list[FoundSecret]:
    """Return the secrets of a notebook, each kind once for each place.

    Parameters
    ----------
    notebook
        Of nbformat 4; what is wrong in it is passed over.
    """
    found: dict[FoundSecret, None] = {}
    left = _ALL
    for index, cell in enumerate(notebook.get("cells") or []):
        if not isinstance(cell, Mapping):
            continue
        for place, text in _texts(cell):
            shown = text[:left]
            left -= len(shown)
            for kind in _kinds(shown, source=place == "source"):
                found[FoundSecret(index, place, kind)] = None
    return list(found)


def secrets_in(content: bytes) -> list[str]:
    """Return the kinds of secrets in a file, each once; none of one that is no text in UTF-8."""
    begin = content[:_FILE]
    if b"\0" in begin:
        return []
    try:
        # An incomplete character at the end is where the file was cut.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(begin)
    except UnicodeDecodeError:
        return []
    return list(dict.fromkeys(_kinds(text, source=True)))


def _texts(cell: Mapping[str, Any]) -> Iterator[tuple[Literal["source", "output"], str]]:
    yield "source", _joined(cell.get("source"))
    for output in cell.get("outputs") or []:
        if not isinstance(output, Mapping):
            continue
        data = output.get("data")
        bundle = data if isinstance(data, Mapping) else {}
        texts = [output.get("text"), output.get("evalue"), output.get("traceback")]
        texts += [value for kind, value in bundle.items() if not str(kind).startswith("image/")]
        for text in texts:
            yield "output", _joined(text)


def _joined(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return ""


def _kinds(text: str, *, source: bool) -> Iterator[str]:
    for line in text.splitlines():
        shown = line[:_LINE]
        if len(shown) < 8:
            continue
        for match in _SETTING.finditer(shown):
            if not _STAND_IN.match(match[1]):
                yield "Password in a setting"
        for name, detector in _detectors():
            if name == "KeywordDetector" and not source:
                continue
            secrets = detector.analyze_string(shown)
            # What others than this one give back may be a part of it.
            least = _SHORTEST if name == "KeywordDetector" else 1
            if any(len(one) >= least and not _STAND_IN.match(one) for one in secrets):
                yield str(detector.secret_type)


@cache
def _detectors() -> list[tuple[str, Any]]:
    # Imported when first asked: most who import this never do.
    made = []
    for module, name in _DETECTORS.items():
        found = importlib.import_module(f"detect_secrets.plugins.{module}")
        made.append((name, getattr(found, name)()))
    return made
