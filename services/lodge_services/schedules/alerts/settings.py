"""How people are told, as the service hears of it by its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...web.settings import SettingsError
from .sending import FailedError

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True)
class MailSettings:
    """The table ``[mail]``.

    Attributes
    ----------
    host, port, security
        The server, and how the way there is encrypted; port 0: the usual one.
    user
        The account that Lodge signs in by; "" for none.
    password_env, password_file
        Variable or file that holds its password; read anew whenever Lodge signs in.
    sender
        Who mails are from.
    domains
        Only addresses at these are written to; none: any.
    """

    host: str = ""
    port: int = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    sender: str = ""
    domains: list[str] = field(default_factory=list)

    @property
    def asked_port(self) -> int:
        """The port that is asked."""
        return self.port or _PORTS[self.security]

    def password(self) -> str:
        """Return the password.

        Raises
        ------
        FailedError
            There is none.
        """
        if self.password_env:
            found, what = os.environ.get(self.password_env, ""), f"the variable {self.password_env}"
        else:
            what = f"the file {self.password_file}"
            try:
                found = Path(self.password_file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                found = ""
        if not found:
            raise FailedError(
                f"Lodge has no password for the mail server: {what} holds none; an administrator "
                "has to mend that."
            )
        return found


@dataclass(frozen=True)
class AlertSettings:
    """How people are told.

    Attributes
    ----------
    mail
        ``LODGE_MAIL``: a JSON object, the table ``[mail]``.
    private_webhooks
        ``LODGE_ALERTS``: a JSON object, the table ``[alerts]``.
    public_url
        ``LODGE_PUBLIC_URL``: the address under which people reach Lodge; links begin with it.
    """

    mail: MailSettings = field(default_factory=MailSettings)
    private_webhooks: bool = False
    public_url: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> AlertSettings:
        """Read the settings out of `environ` (default: the process's own).

        Raises
        ------
        SettingsError
            A variable is no such object.
        """
        env = os.environ if environ is None else environ
        own = _table(env, "LODGE_ALERTS")
        try:
            mail = MailSettings(**_table(env, "LODGE_MAIL"))
        except TypeError as error:
            raise SettingsError(f"LODGE_MAIL is no table of settings: {error}") from None
        return cls(mail, bool(own.get("private_webhooks")), env.get("LODGE_PUBLIC_URL", ""))


def _table(env: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        table = json.loads(env.get(name) or "{}")
    except ValueError:
        table = None
    if not isinstance(table, dict):
        raise SettingsError(f"{name} is no JSON object of settings.")
    return table
