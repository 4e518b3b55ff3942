"""Cells of %%sql run on a source without a kernel."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lodge_magics.sql.bind import Bound, bind
from lodge_magics.sql.config import SourceConfig, parse
from lodge_magics.sql.options import parse_options
from lodge_magics.sql.parse import split_statements
from lodge_magics.sql.run import Outcome, prepare, run_relational
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.styles import STYLES, Style
from lodge_magics.sql.tokens import lexis_of

from support.databases import until

#: Values that would break out of a text that they are pasted into.
NASTY = [
    "'", "''", '"', "`", "\\", "\\'", "'; DROP TABLE t; -- ", "' OR '1'='1", "%s", "%(a)s", "100%",
    "%", "%%", "{{x}}", "${x}", "$1", "?", ":a", "\\:a", "/* */", "-- x", "#", "\x1a", "名字", "😀",
    "\n", "a\\", "\\\\'; DROP TABLE t; -- ", "\u02bc", "\xbf'", "\u00a5'", "E'\\''", "{a,b}",
    "NULL", "\\N", "0x27", "X'27'", "\\u0027", "__[POSTCOMPILE_x]",
]  # fmt: skip


def run(source: RelationalSource, text: str, line: str = "", **values: Any) -> Outcome:
    """Run a cell: its text, the options of its line, and the variables it binds."""
    options = parse_options(line)
    statements = prepare(text, source.config.kind, options, values.__getitem__, source.complete)
    return run_relational(source, statements, options)


def bound(text: str, style: Style, **values: Any) -> Bound:
    """A statement with these variables, bound as a kind of source wants it."""
    kind = next(kind for kind, one in STYLES.items() if one is style)
    (statement,) = split_statements(text, lexis_of(kind))
    return bind(statement, style, values.__getitem__)


def configured(text: str) -> SourceConfig:
    """The source `shop` with these keys."""
    return parse(f"[sources.shop]\n{text}", "sources.toml").find("shop")


def postgres_config(port: int) -> SourceConfig:
    """The database of `running_postgres`; its password is in SHOP_PASSWORD."""
    return configured(
        f'type = "postgres"\nhost = "127.0.0.1"\nport = {port}\nuser = "u"\n'
        'database = "shop"\npassword_env = "SHOP_PASSWORD"'
    )


@contextmanager
def interrupted_when(running: Callable[[], None]) -> Iterator[None]:
    """Interrupt what is inside, as a user does, as soon as `running` raises no AssertionError."""

    def interrupt() -> None:
        until(running)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        thread.join()
