"""Canaille's settings file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomli_w
from joserfc.jwk import RSAKey

from ..addresses import Addresses
from ..folders import DataFolder
from ..settings import Settings


def new_signing_key() -> str:
    """Return a new RSA key (2048 bit) as a JSON Web Key."""
    return json.dumps(RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True))


def provider_settings(settings: Settings, folder: DataFolder, addresses: Addresses) -> str:
    """Return the text of Canaille's settings file; it holds secrets.

    Parameters
    ----------
    settings
        Lodge's settings.
    folder
        The data folder.
    addresses
        Where it listens. A client below Lodge's public address is asked for no consent.
    """
    public = urlsplit(addresses.issuer)
    hypercorn: dict[str, Any] = {"BIND": f"{addresses.host}:{addresses.identity_port}"}
    if settings.server.tls_certificate and public.scheme == "https":
        hypercorn["CERTFILE"] = settings.server.tls_certificate
        hypercorn["KEYFILE"] = settings.server.tls_key
    return tomli_w.dumps(
        {
            "SECRET_KEY": folder.own_secret("identity-key"),
            "SERVER_NAME": public.netloc,
            "PREFERRED_URL_SCHEME": public.scheme,
            **_cookie(secure=public.scheme == "https"),
            # Kept here and not in the cookie: a copy of one is worth nothing after sign-out.
            "SESSION_TYPE": "filesystem",
            "SESSION_FILE_DIR": str(folder.identity / "sessions"),
            "SESSION_FILE_THRESHOLD": 50_000,
            # Its own, and Lodge's over them.
            "BABEL_TRANSLATION_DIRECTORIES": f"translations;{translations(folder)}",
            "CANAILLE": {
                "NAME": "Lodge",
                "THEME": str(Path(__file__).parent / "theme" / "lodge"),
                "LOGO": "/_theme/lodge/lodge.svg",
                "FAVICON": "/_theme/lodge/lodge.svg",
                "ENABLE_INTRUDER_LOCKOUT": True,
                "CAPTCHA_ENABLED": False,
                # Pages that are swapped in run its scripts twice, which then call themselves
                # without an end; and its own styles break its own policy.
                "HTMX": False,
                # There is no mail server on one machine.
                "ENABLE_PASSWORD_RECOVERY": False,
                "LOGGING": _logging(),
                "ACL": {
                    "DEFAULT": {
                        "PERMISSIONS": ["edit_self", "use_oidc"],
                        "READ": ["user_name", "groups"],
                        "WRITE": ["emails", "given_name", "family_name", "password"],
                    },
                    "ADMIN": {
                        "FILTER": [{"groups": group} for group in settings.identity.admin_groups],
                        "PERMISSIONS": ["manage_users", "manage_all_groups"],
                        "WRITE": ["groups", "lock_date", "user_name"],
                    },
                },
            },
            "CANAILLE_SQL": {
                "DATABASE_URI": f"sqlite:///{folder.identity / 'identity.sqlite'}",
            },
            "CANAILLE_OIDC": {
                "ACTIVE_JWKS": [json.loads(folder.own_secret("identity-signing", new_signing_key))],
                "TRUSTED_DOMAINS": [urlsplit(addresses.public_url).hostname],
                "USERINFO_MAPPING": {"PREFERRED_USERNAME": "{{ user.user_name }}"},
            },
            "CANAILLE_HYPERCORN": hypercorn,
        }
    )


def _cookie(*, secure: bool) -> dict[str, Any]:
    """Return what binds the session's cookie to its host, as far as its scheme allows."""
    name = "lodge-identity"
    return {
        "SESSION_COOKIE_NAME": f"__Host-{name}" if secure else name,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def translations(folder: DataFolder) -> Path:
    """Return the folder of the words that Lodge adds to the provider's."""
    return folder.identity / "translations"


def _logging() -> dict[str, Any]:
    return {
        "version": 1,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "disable_existing_loggers": False,
    }
