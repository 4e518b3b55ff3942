"""DataFrames that were interrupted, made such that they can be asked again.

Spark keeps what a DataFrame has computed so far, exchanges of its stages among it, and keeps a
cancelled one as well: asked again, the same DataFrame fails with the cancellation of the cell
before. A new query of the same plan computes anew.
"""

from __future__ import annotations

import gc
from typing import Any

__all__ = ["renew_frames"]


def renew_frames(context: Any) -> None:
    """Give each DataFrame of a driver in this kernel a new query of its own plan.

    Parameters
    ----------
    context
        The SparkContext.
    """
    from pyspark.sql import DataFrame

    module = context._jvm.org.apache.spark.sql
    # Spark 4 has two kinds of them.
    maker = module.classic.Dataset if _has_classic() else module.Dataset
    for frame in [one for one in gc.get_objects() if _is_frame(one, DataFrame)]:
        query = frame._jdf.queryExecution()
        frame._jdf = maker.ofRows(query.sparkSession(), query.logical())
        frame._lazy_rdd = None


def _has_classic() -> bool:
    import pyspark

    return not pyspark.__version__.startswith("3.")


def _is_frame(one: Any, kind: type) -> bool:
    # By its type alone: to ask an object for an attribute may run anything.
    found = type(one)
    return issubclass(found, kind) and not found.__module__.startswith("pyspark.sql.connect")
