"""The environment of a user's processes: one function for servers, kernels and runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from .accounts import Account
from .closed_folders import make_closed, make_passable, remove_closed
from .local_settings import LocalSettings, write_private
from .spark import properties_text, spark_environment, ui_properties

#: Taken over from Lodge's own environment: language, time zone, a company's certificates.
KEPT = (
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)


def user_environment(settings: LocalSettings, account: Account) -> dict[str, str]:
    """Return the environment of a process of a user, without the hub's token.

    The files it names (sources, Spark's properties) are written as well, at mode 0600 for this
    user alone, into a folder that is not the user's to change; so is the folder of sockets made.
    A server or run adds the folder of its temporary files.

    Parameters
    ----------
    settings
        The installation's settings.
    account
        The user's account.
    """
    private = settings.run_dir / "users" / account.slug
    _make_own(private)
    sources = private / "sources.toml"
    write_private(sources, tomli_w.dumps(settings.sources), owner=account.owner)
    properties = private / "spark-defaults.conf"
    spark = {**ui_properties(settings.spark.home), **settings.spark.properties}
    write_private(properties, properties_text(spark), owner=account.owner)
    sockets = settings.sockets / account.slug
    make_closed(sockets, account.owner)
    bin_dir = Path(sys.executable).parent
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "LANG": os.environ.get("LANG") or "C.UTF-8",
        **source_credentials(settings),
        "HOME": str(account.home),
        "USER": account.login,
        "LOGNAME": account.login,
        "SHELL": "/bin/bash",
        "PATH": f"{bin_dir}:/usr/local/bin:/usr/bin:/bin",
        "JUPYTER_RUNTIME_DIR": str(sockets),
        **lodge_environment(account.name, settings.instance, str(sources)),
        **spark_environment(settings.spark, str(properties)),
        **settings.environment,
    }


def _make_own(folder: Path) -> None:
    """Make a folder that is Lodge's own and passable; one that was a user's is made anew."""
    if folder.is_dir() and folder.lstat().st_uid != os.geteuid():
        remove_closed(folder)
    make_passable(folder)


def lodge_environment(user: str, instance: str, sources: str) -> dict[str, str]:
    """Return the variables that a process of a user finds on every platform, beside Spark's.

    Parameters
    ----------
    user
        The hub's name of the user.
    instance
        Name of this installation.
    sources
        The path of the file of SQL sources.
    """
    return {"LODGE_USER": user, "LODGE_INSTANCE": instance, "LODGE_SOURCES": sources}


def source_credentials(settings: LocalSettings) -> dict[str, str]:
    """Return the variables that sources name as holding their passwords, where they are set."""
    return credentials_of(settings.sources)


def credentials_of(sources: Mapping[str, Any]) -> dict[str, str]:
    """Return the same for sources as ``lodge.toml`` has them."""
    names = [source.get("password_env") for source in sources.get("sources", {}).values()]
    return {name: os.environ[name] for name in names if name and name in os.environ}
