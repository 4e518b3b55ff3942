"""The cores of all the extension's subjects, made once for a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lodge_runner.asked_for import session_options

from .schedule.core import Schedule
from .share.core import Share
from .spark.core import Spark
from .sql.core import Sql

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        environ: Mapping[str, str],
    ) -> Cores:
        """Return the cores over what the user has and the two services."""
        spark = Spark(runtime=runtime, kernels=kernels)

        async def session(path: str) -> Mapping[str, str]:
            return session_options(await spark.properties(path))

        return cls(
            share=Share(
                user=user, notebooks=notebooks, service=shares, environ=environ, session=session
            ),
            schedule=Schedule(notebooks=notebooks, service=schedules),
            spark=spark,
            sql=Sql(catalog=catalog),
        )
