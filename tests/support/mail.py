"""A real SMTP server with TLS and sign-in, that keeps the mails it takes."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from lodge_spawner.ports import free_port

from support.s3 import tls_files

USER, PASSWORD = "lodge", "as secret as it gets"
Security = Literal["starttls", "tls", "none"]


class MailServer:
    """What a server has taken, and what it refuses.

    Parameters
    ----------
    folder
        For its certificate.
    security
        How its clients have to come.
    """

    def __init__(self, folder: Path, security: Security = "starttls") -> None:
        self.security = security
        self.port = free_port()
        self.authority, certificate, key = tls_files(folder)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.signed_in = 0
        self.refused: dict[str, str] = {}
        self.data_answer = "250 OK"
        self.password = PASSWORD
        self._controller: Controller | None = None

    def come(self) -> None:
        """Begin to listen."""
        options: dict[str, Any] = {}
        if self.security != "none":
            # Of TLS from the first byte on aiosmtpd sees nothing.
            seen = self.security == "starttls"
            options = {"authenticator": self._authenticate}
            options |= {"auth_required": seen, "auth_require_tls": seen}
        if self.security == "starttls":
            options |= {"tls_context": self._context, "require_starttls": True}
        context = self._context if self.security == "tls" else None
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ssl_context=context, **options
        )
        self._controller._trigger_server = self._trigger  # type: ignore[method-assign]
        self._controller.start()

    def _trigger(self) -> None:
        """Come once, as aiosmtpd wants it before it is ready; its own way takes no certificate."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as plain:
            if self.security != "tls":
                plain.recv(1_000)
                return
            context = ssl.create_default_context(cafile=str(self.authority))
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted:
                encrypted.recv(1_000)

    def go(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def table(self, folder: Path, **more: Any) -> dict[str, Any]:
        """Return the settings that reach it; the password is in a file."""
        file = folder / "password"
        file.write_text(f"{PASSWORD}\n")
        signed = {} if self.security == "none" else {"user": USER, "password_file": str(file)}
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "security": self.security,
            "sender": "Lodge <lodge@example.com>",
            **signed,
            **more,
        }

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        right = (
            isinstance(data, LoginPassword)
            and data.login == USER.encode()
            and data.password == self.password.encode()
        )
        self.signed_in += right
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.taken.append((list(envelope.rcpt_tos), mail))
        return self.data_answer


@contextmanager
def mail_server(folder: Path, security: Security = "starttls") -> Iterator[MailServer]:
    """Run a server until the end of the context."""
    server = MailServer(folder, security)
    server.come()
    try:
        yield server
    finally:
        server.go()
