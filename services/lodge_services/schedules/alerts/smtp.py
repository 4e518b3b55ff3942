"""Hands mails to the mail server: signed in, encrypted, within bounds of time."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import parseaddr

from ...clock import Clock
from ...pages.translation import Translator
from .mail import compose, one_line
from .outbox import Message
from .sending import FailedError, RefusedError
from .settings import MailSettings
from .words import entry_of

#: Seconds that each answer of the server may take.
ANSWER_S = 15.0

AWAY = "The mail server {host} does not answer."
SLOW = "The mail server {host} does not answer in time."
UNSAFE = (
    "The certificate of the mail server {host} is not to be trusted; an administrator has to mend "
    "that."
)
NO_TLS = (
    "The mail server {host} offers no STARTTLS; an administrator has to mend that, or to choose "
    "another security in the settings."
)
NO_SIGN_IN = "The mail server {host} refused Lodge's sign-in; an administrator has to mend that."
NO_SENDER = (
    "The mail server {host} takes no mail from Lodge's sender: {said}; an administrator has to "
    "mend that."
)
NOT_NOW = "The mail server {host} takes no mail for {address} now: {said}."
NEVER = "The mail server {host} takes no mail for {address}: {said}."
BROKEN = "The mail server {host} answered what is no answer."

Translators = Callable[[str], Translator]
"""Give a translator into a language."""


class MailSender:
    """Sends messages by mail.

    Parameters
    ----------
    settings
        The mail server.
    site
        Address of the service's pages, whole, ending in a slash.
    translators
        Into the recipients' languages.
    clock
        Gives the time.
    pool
        Threads of its own: nothing else waits for a server that is slow.
    """

    def __init__(
        self,
        settings: MailSettings,
        site: str,
        translators: Translators,
        clock: Clock,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._settings = settings
        self._site = site
        self._translators = translators
        self._clock = clock
        self._pool = pool

    async def send(self, message: Message, logs: Mapping[str, str]) -> None:
        """See `Sender.send`."""
        first = message.entries[0]
        translate = self._translators(first.language)
        mail = compose(
            [
                entry_of(one, logs.get(one.run_id or "", ""), self._site, translate)
                for one in message.entries
            ],
            sender=self._settings.sender,
            to=first.address,
            batch=message.batch,
            now=self._clock(),
            translate=translate,
        )
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, deliver, self._settings, mail, first.address)


def deliver(settings: MailSettings, mail: EmailMessage, to: str) -> None:
    """Hand one mail to the server.

    Raises
    ------
    RefusedError, FailedError
        It does not take it.
    """
    host = settings.host
    sender = parseaddr(settings.sender)[1]
    with _signed_in(settings) as server:
        try:
            server.send_message(mail, sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            _turned_away(host, to, code, said)
        except smtplib.SMTPSenderRefused as error:
            why = NO_SENDER.format(host=host, said=_said(error.smtp_error))
            raise FailedError(why) from None
        except smtplib.SMTPDataError as error:
            _turned_away(host, to, error.smtp_code, error.smtp_error)


def check(settings: MailSettings) -> str:
    """Sign in, send nothing, and return as whom.

    Raises
    ------
    FailedError
        The server can't be used.
    """
    with _signed_in(settings) as server:
        server.noop()
    return settings.user or "nobody, as the settings have it"


@contextmanager
def _signed_in(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    host = settings.host
    server: smtplib.SMTP | None = None
    try:
        server = _connected(settings)
        if settings.user:
            server.login(settings.user, settings.password())
        yield server
    except (RefusedError, FailedError):
        raise
    except smtplib.SMTPAuthenticationError:
        raise FailedError(NO_SIGN_IN.format(host=host)) from None
    except smtplib.SMTPNotSupportedError:
        wanted = (
            NO_TLS if settings.security == "starttls" and not _encrypted(server) else NO_SIGN_IN
        )
        raise FailedError(wanted.format(host=host)) from None
    except ssl.SSLCertVerificationError:
        raise FailedError(UNSAFE.format(host=host)) from None
    except TimeoutError:
        raise FailedError(SLOW.format(host=host)) from None
    except smtplib.SMTPResponseException as error:
        said = f"{AWAY.format(host=host)[:-1]}: {_said(error.smtp_error)}."
        raise FailedError(said) from None
    except (OSError, smtplib.SMTPException) as error:
        # smtplib tells of an answer that did not come in time as of a connection that is gone.
        slow = isinstance(error.__context__, TimeoutError)
        raise FailedError((SLOW if slow else AWAY).format(host=host)) from None
    except (UnicodeError, ValueError):
        raise FailedError(BROKEN.format(host=host)) from None
    finally:
        if server is not None:
            # What was sent is taken already; a server that says no good-bye changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


def _connected(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    host, port = settings.host, settings.asked_port
    if settings.security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=ANSWER_S, context=context)
    server = smtplib.SMTP(host, port, timeout=ANSWER_S)
    if settings.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _encrypted(server: smtplib.SMTP | None) -> bool:
    return server is not None and isinstance(server.sock, ssl.SSLSocket)


def _turned_away(host: str, to: str, code: int, said: bytes | str) -> None:
    words = NEVER if 500 <= code < 600 else NOT_NOW
    why = words.format(host=host, address=to, said=f"{code} {_said(said)}".strip())
    raise RefusedError(why) if words is NEVER else FailedError(why)


def _said(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return re.sub(r"[.\s]+\Z", "", one_line(text, 200))
