"""The keys of ``[mail]`` and ``[alerts]``: how people are told of their schedules."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from .hosts import is_loopback
from .section import Section

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")
_NAME = re.compile(r"[^\x00-\x1f\x7f<>\"\\@,;:]*\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")


class Mail(Section):
    """The mail server that Lodge sends by. Without it Lodge sends no mail."""

    host: str = Field("", description="Name of the server. Empty: Lodge sends no mail.")
    port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Its port. 0: 587 for `starttls`, 465 for `tls`, 25 for `none`.",
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way there is encrypted: `starttls`, from the first command on; `tls`, "
        "from the first byte on; `none`: not at all, and without signing in.",
    )
    user: str = Field("", description="Account that Lodge signs in by. Empty: it does not.")
    password_env: str = Field("", description="Variable that holds its password.")
    password_file: str = Field("", description="File that holds its password.")
    sender: str = Field(
        "", description="Who mails are from, such as `Lodge <lodge@example.com>`; needed."
    )
    domains: list[str] = Field(
        [],
        description="Only addresses at these domains are written to, such as `example.com`. Empty: "
        "any address.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.host:
            return self
        name, _, address = self.sender.rpartition("<")
        address = address.strip().removesuffix(">")
        if not (_ADDRESS.match(address) and _NAME.match(name)):
            raise ValueError("sender must be an address, or `Name <address>`")
        if self.password_env and self.password_file:
            raise ValueError("password_env and password_file name the same: one of them")
        if self.user and not (self.password_env or self.password_file):
            raise ValueError("user needs password_env or password_file")
        if self.user and self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                'signing in needs security = "starttls" or "tls": else others read the password'
            )
        for domain in self.domains:
            if not _DOMAIN.match(domain):
                raise ValueError(f"domains: {domain!r} is no domain, such as example.com")
        return self


class Alerts(Section):
    """How people are told of their schedules."""

    private_webhooks: bool = Field(
        False,
        description="Whether webhooks may be at private, loopback and link-local addresses, and "
        "without TLS, as a company's own chat server is. Who makes a schedule then reaches from "
        "Lodge's service what stands there.",
    )
