"""Reading ``lodge.toml``: a mistake is told with file, line and the nearest valid key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .model import Settings

_NAME = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")


class SettingsError(Exception):
    """The settings can't be used; the message says where and what to do."""


def load_settings(path: Path | None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    path
        The file; None takes the defaults.
    overrides
        Values of the command line by dotted key, such as ``{"server.port": 8080}``; they win.

    Raises
    ------
    SettingsError
        The file can't be read, is no TOML, or holds an unknown key or a value of another type.
    """
    text, raw = "", {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} can't be read: {error}") from error
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{path} is no valid TOML: {error}") from error
    for key, value in (overrides or {}).items():
        *tables, name = key.split(".")
        table = raw
        for part in tables:
            table = table.setdefault(part, {})
        table[name] = value
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        problems = [_sentence(item, path, text) for item in error.errors()]
        raise SettingsError("\n".join(problems)) from error


def _sentence(item: ErrorDetails, path: Path | None, text: str) -> str:
    location = [str(part) for part in item["loc"]]
    key = ".".join(location)
    line = line_of(text, location)
    where = f"{path}:{line}" if path and line else str(path or "the settings")
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _keys_beside(location), n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else f"; known: {_listed(location)}."
        return f"{where}: there is no setting {key}{hint}"
    reason = str(item.get("ctx", {}).get("error", item["msg"]))
    reason = reason[0].lower() + reason[1:]
    if not location:
        return f"{where}: {reason}."
    return f"{where}: {key} is not right: {reason}."


def _listed(location: list[str]) -> str:
    return ", ".join(sorted(_keys_beside(location)))


def _keys_beside(location: list[str]) -> Iterable[str]:
    """Return the keys that are known where the last one of `location` stands."""
    model: type[BaseModel] = Settings
    rest = location[:-1]
    while rest:
        annotation = model.model_fields[rest.pop(0)].annotation
        kinds = [kind for kind in (annotation, *get_args(annotation)) if is_model(kind)]
        if get_origin(annotation) is dict and rest:
            rest.pop(0)
        if not kinds:
            return []
        model = kinds[0]
    return list(model.model_fields)


def is_model(kind: Any) -> bool:
    """Tell whether a type is a table of settings."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def line_of(text: str, location: list[str]) -> int | None:
    """Return the line (from 1) of a key in TOML text, or of the table nearest to it.

    tomllib keeps no places. Tables are looked for by their headers, keys by their names; a key
    in an inline table is found as the line of the table that holds it.
    """
    table: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?([^\]]+)\]", line)
        if header:
            table = _parts(header.group(1))
            here = table
        else:
            key = re.match(
                r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=""", line
            )
            if not key:
                continue
            here = table + _parts(key.group(1))
        depth = len(here)
        if here == location[:depth] and depth and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
