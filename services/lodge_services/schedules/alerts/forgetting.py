"""Forgets messages and incidents that are long over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from ...db import Database
from .models import AlertDelivery, AlertIncident

#: How long messages that were sent or given up are kept, and incidents that are closed.
KEPT = timedelta(days=90)


def forget_old(database: Database, now: datetime) -> None:
    """Forget what is older than it is kept."""
    with database.write(quiet=True) as session:
        session.execute(
            delete(AlertDelivery).where(
                AlertDelivery.state != "waiting", AlertDelivery.created_at < now - KEPT
            )
        )
        session.execute(delete(AlertIncident).where(AlertIncident.closed_at < now - KEPT))
