"""The cores of all the extension's subjects, made once for a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .schedule.core import Schedule
from .share.core import Share
from .spark.core import Spark
from .sql.core import Sql

if TYPE_CHECKING:
    from pathlib import Path

    from .client import Service
    from .notebooks import Notebooks
    from .spark.core import Kernels
    from .sql.core import Catalog


@dataclass(frozen=True)
class Cores:
    """What the handlers ask."""

    share: Share
    schedule: Schedule
    spark: Spark
    sql: Sql

    @classmethod
    def make(
        cls,
        *,
        user: str,
        notebooks: Notebooks,
        kernels: Kernels,
        runtime: Path,
        shares: Service,
        schedules: Service,
        catalog: Catalog,
    ) -> Cores:
        """Return the cores over what the user has and the two services."""
        return cls(
            share=Share(user=user, notebooks=notebooks, service=shares),
            schedule=Schedule(notebooks=notebooks, service=schedules),
            spark=Spark(runtime=runtime, kernels=kernels),
            sql=Sql(catalog=catalog),
        )
