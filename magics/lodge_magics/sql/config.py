"""The file of named sources (`LODGE_SOURCES`), read again when it changes."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lodge_magics.errors import SourceError
from lodge_magics.language import say
from lodge_magics.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Config", "SourceConfig", "load", "password"]

_COMMON = {"type": str, "description": str}
_SERVER = {
    **_COMMON,
    "host": str,
    "port": int,
    "socket": str,
    "user": str,
    "database": str,
    "read_only": bool,
    "password_env": str,
    "password_file": str,
}
_KEYS: dict[str, dict[str, type]] = {
    "duckdb": {**_COMMON, "path": str, "read_only": bool},
    "sqlite": {**_COMMON, "path": str, "read_only": bool},
    "mysql": _SERVER,
    "postgres": _SERVER,
    "sqlalchemy": {**_COMMON, "url": str, "password_env": str, "password_file": str},
    "hive": {**_COMMON, "database": str},
    "kylin": {
        **_COMMON,
        "url": str,
        "host": str,
        "port": int,
        "user": str,
        "project": str,
        "password_env": str,
        "password_file": str,
    },
}
_REQUIRED = {
    "duckdb": ("path",),
    "sqlite": ("path",),
    "mysql": ("user",),
    "postgres": ("user",),
    "sqlalchemy": ("url",),
    "hive": (),
    "kylin": ("user", "project"),
}

# Dialects of SQLAlchemy that are spoken by a type of ours.
_DIALECTS = {"mariadb": "mysql", "postgresql": "postgres"}


@dataclass(frozen=True)
class SourceConfig:
    """One source as configured.

    Attributes
    ----------
    name
        As users write it after `--source`.
    type
        `duckdb`, `sqlite`, `mysql`, `postgres`, `sqlalchemy`, `hive` or `kylin`.
    settings
        Its other keys.
    """

    name: str
    type: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The type; of `sqlalchemy` with its dialect behind a plus, such as `sqlalchemy+trino`."""
        if self.type != "sqlalchemy":
            return self.type
        dialect = re.split(r"[+:]", str(self.settings.get("url", "")))[0].lower()
        return f"sqlalchemy+{_DIALECTS.get(dialect, dialect)}"

    @property
    def description(self) -> str:
        """What the file says about it; empty by default."""
        return str(self.settings.get("description", ""))


@dataclass(frozen=True)
class Config:
    """The sources there are.

    Attributes
    ----------
    sources
        By name, in the order of the file.
    default
        The name of the one used without `--source`; None when there is none.
    """

    sources: Mapping[str, SourceConfig] = field(default_factory=dict)
    default: str | None = None

    def find(self, name: str | None) -> SourceConfig:
        """Return a source.

        Parameters
        ----------
        name
            Its name, or None for the default.

        Raises
        ------
        SourceError
            There is no such source.
        """
        if not self.sources:
            raise SourceError(
                say(
                    "There are no SQL sources; ask whoever runs this server to name some in the "
                    "file of LODGE_SOURCES."
                )
            )
        if name is None:
            if self.default is None:
                raise SourceError(
                    say(
                        "There is no default source; add --source NAME, one of {names}.",
                        names=", ".join(self.sources),
                    )
                )
            name = self.default
        if name not in self.sources:
            hint = did_you_mean(name, self.sources)
            raise SourceError(say("There is no source {name}{hint}", name=name, hint=hint))
        return self.sources[name]


_cached: tuple[tuple[str, int, int, int], Config] | None = None


def load() -> Config:
    """Return the sources, from the file if it changed since the last time.

    Raises
    ------
    SourceError
        The file cannot be read, or says something that cannot be right.
    """
    global _cached
    name = os.environ.get("LODGE_SOURCES")
    if not name:
        return Config()
    path = Path(name)
    try:
        stat = path.stat()
        stamp = (name, stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if _cached is not None and _cached[0] == stamp:
            return _cached[1]
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"The file of SQL sources {name} cannot be read ({error.strerror}); ask whoever runs "
            "this server."
        ) from None
    config = parse(text, name)
    _cached = (stamp, config)
    return config


def parse(text: str, name: str) -> Config:
    """Return the sources of a file's text.

    Parameters
    ----------
    text
        TOML.
    name
        The file's, for messages.

    Raises
    ------
    SourceError
        It is no TOML, or says something that cannot be right.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"The file of SQL sources {name} is no TOML: {error}.") from None
    unknown = set(data) - {"default", "sources"}
    if unknown:
        key = min(unknown)
        raise SourceError(
            f"The file of SQL sources {name} has an unknown key {key}"
            f"{did_you_mean(key, ('default', 'sources'))}"
        )
    tables = data.get("sources", {})
    if not isinstance(tables, dict):
        raise SourceError(f"In {name}, sources must be tables [sources.NAME].")
    sources = {key: _source(key, table) for key, table in tables.items()}
    default = data.get("default")
    if default is None and len(sources) == 1:
        default = next(iter(sources))
    if default is not None and default not in sources:
        raise SourceError(
            f"The default source {default} in {name} does not exist"
            f"{did_you_mean(str(default), sources)}"
        )
    return Config(sources, default)


def _source(name: str, table: object) -> SourceConfig:
    if not isinstance(table, dict):
        raise SourceError(f"The source {name} must be a table [sources.{name}].")
    kind = table.get("type")
    if kind not in _KEYS:
        raise SourceError(
            f"The source {name} has the type {kind}{did_you_mean(str(kind), _KEYS)}"
            if kind is not None
            else f"The source {name} has no type; give one of {', '.join(_KEYS)}."
        )
    keys = _KEYS[kind]
    for key, value in table.items():
        if key == "password":
            raise SourceError(
                f"The source {name} has its password in the file; move it to a variable or file of "
                "its own and name that in password_env or password_file."
            )
        if key not in keys:
            raise SourceError(
                f"The source {name} has an unknown key {key}{did_you_mean(key, keys)}"
            )
        if not isinstance(value, keys[key]) or (keys[key] is int and isinstance(value, bool)):
            raise SourceError(
                f"The key {key} of the source {name} must be of type {keys[key].__name__}."
            )
    for key in _REQUIRED[kind]:
        if key not in table:
            raise SourceError(f"The source {name} misses the key {key}; add it.")
    if kind == "kylin":
        _check_address(name, table)
    settings = {key: value for key, value in table.items() if key != "type"}
    return SourceConfig(name, kind, settings)


def _check_address(name: str, table: dict[str, Any]) -> None:
    url = table.get("url")
    if url is None:
        return
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong:
        raise SourceError(
            f"The url of the source {name} is no address of a Kylin; write it as "
            "https://HOST:PORT/kylin."
        )
    if parts.username is not None:
        raise SourceError(
            f"The source {name} has its user in the url; move it to the key user, and the password "
            "to a variable or file of its own that password_env or password_file names."
        )
    if "host" in table or "port" in table:
        raise SourceError(f"The source {name} has a url and a host or port; keep one of them.")


def password(config: SourceConfig) -> str:
    """Return the password of a source; empty when it names none.

    Parameters
    ----------
    config
        The source.

    Raises
    ------
    SourceError
        The variable or file it names is not there.
    """
    variable = config.settings.get("password_env")
    if variable:
        value = os.environ.get(variable)
        if value is None:
            raise SourceError(
                f"The source {config.name} takes its password from the variable {variable}, which "
                "is not set; ask whoever runs this server."
            )
        return value
    file = config.settings.get("password_file")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SourceError(
                f"The source {config.name} takes its password from the file {file}, which cannot "
                f"be read ({error.strerror}); ask whoever runs this server."
            ) from None
    return ""
