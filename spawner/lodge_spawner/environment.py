"""The environment of a user's processes: one function for servers, kernels and runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from .accounts import Account
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
    """Return the complete environment of a process of a user, without the hub's token.

    The files it names (sources, Spark's properties) are written as well, at mode 0600 for this
    user alone.

    Parameters
    ----------
    settings
        The installation's settings.
    account
        The user's account.
    """
    private = settings.run_dir / "users" / account.slug
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    sources = private / "sources.toml"
    write_private(sources, tomli_w.dumps(settings.sources), owner=account.owner)
    properties = private / "spark-defaults.conf"
    spark = {**ui_properties(settings.spark.home), **settings.spark.properties}
    write_private(properties, properties_text(spark), owner=account.owner)
    if account.owner is not None:
        os.chown(private, *account.owner)
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
        **lodge_environment(account.name, settings.instance, str(sources)),
        **spark_environment(settings.spark, str(properties)),
        **settings.environment,
    }


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
