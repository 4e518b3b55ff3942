"""The store of the settings, as the service is told of it by its environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...web.settings import SettingsError
from .base import ContentStore
from .folder import FolderStore
from .s3 import Place, S3Store


@dataclass(frozen=True)
class StoreSettings:
    """Where notebooks are kept.

    Attributes
    ----------
    store
        ``s3://BUCKET/PREFIX``; "" is the service's folder.
    endpoint, region, access_key
        See `Place`.
    secret_env, secret_file
        Variable or file that holds the secret key, read when the store is opened.
    """

    store: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_env: str = ""
    secret_file: str = ""


def read_store(environ: Mapping[str, str]) -> StoreSettings:
    """Return the settings of ``LODGE_SHARES_STORE``, a JSON object.

    Raises
    ------
    SettingsError
        It is something else.
    """
    try:
        said: Any = json.loads(environ.get("LODGE_SHARES_STORE") or "{}")
        return StoreSettings(**said)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"LODGE_SHARES_STORE is no object of settings: {error}") from None


def open_store(settings: StoreSettings, folder: Path, environ: Mapping[str, str]) -> ContentStore:
    """Return the store; nothing is asked of a server yet.

    Parameters
    ----------
    settings
        Its settings.
    folder
        The service's own, for the kind that is a folder.
    environ
        Holds the secret where it is named by a variable.

    Raises
    ------
    SettingsError
        There is no secret, or no such kind of store.
    """
    if not settings.store:
        return FolderStore(folder)
    scheme, _, where = settings.store.partition("://")
    bucket, _, prefix = where.partition("/")
    if scheme != "s3" or not bucket:
        raise SettingsError(f"The store {settings.store!r} is none: it must be s3://BUCKET/PREFIX.")
    return S3Store(
        Place(
            bucket,
            prefix,
            settings.endpoint,
            settings.region,
            settings.access_key,
            _secret(settings, environ),
        )
    )


def _secret(settings: StoreSettings, environ: Mapping[str, str]) -> str:
    if settings.secret_env:
        what = f"the variable {settings.secret_env}"
        found = environ.get(settings.secret_env, "").strip()
    else:
        what = f"the file {settings.secret_file}"
        try:
            found = Path(settings.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"Lodge has no secret key for the store {settings.store}: {what} can't be read "
                f"({getattr(error, 'strerror', None) or type(error).__name__})."
            ) from None
    if not found:
        raise SettingsError(
            f"Lodge has no secret key for the store {settings.store}: {what} is empty."
        )
    return found
