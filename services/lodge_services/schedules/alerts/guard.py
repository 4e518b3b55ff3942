"""Keeps faults of alerts from what they tell of: a run starts and ends all the same."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


@contextmanager
def guarded(session: Session, subject: str) -> Iterator[None]:
    """Undo what is done within where it fails, name it in the log, and go on.

    Parameters
    ----------
    session
        Of a transaction; what was done in it before is kept.
    subject
        What is to be told, for the log.
    """
    try:
        with session.begin_nested():
            yield
    except (InterfaceError, OperationalError):
        raise  # the database is away, for the rest too
    except Exception:
        log.exception("Alerts of %s can't be told", subject)
