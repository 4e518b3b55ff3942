"""What sends messages, whatever way they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .models import Kind
from .outbox import Message


class RefusedError(Exception):
    """A message can't be sent, however often it is tried; the message says why."""


class FailedError(Exception):
    """A message could not be sent now; the message says why."""


class Sender(Protocol):
    """Sends messages of a kind."""

    async def send(self, message: Message, logs: Mapping[str, str]) -> None:
        """Send a message.

        Parameters
        ----------
        message
            What, and to whom.
        logs
            The last lines of what the runs have written, by their ids.

        Raises
        ------
        RefusedError, FailedError
            It can't be sent.
        """
        ...


Senders = Mapping[Kind, Sender]
"""What sends, by the kinds of recipients."""
