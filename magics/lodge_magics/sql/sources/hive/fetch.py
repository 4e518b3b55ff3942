"""A result of Spark as Arrow, batch by batch, counted while it comes.

pyspark's own `toArrow()` takes all batches before anybody can look at one. This reads the same
stream: of a driver, record batches in the order in which their partitions end, then their right
order; of a Spark Connect server, tables of a batch each, in their right order.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lodge_magics.sql.meter import Meter

__all__ = ["collect", "collect_connect"]


def collect(frame: Any, meter: Meter) -> Any:
    """Return a DataFrame of a driver in this kernel as a table of Arrow; this runs a job.

    Parameters
    ----------
    frame
        A pyspark DataFrame, not one of Spark Connect.
    meter
        Told of each batch; raises when the rest would not fit into memory.

    Raises
    ------
    SqlError
        The result does not fit; the job may still run then.
    """
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.traceback_utils import SCCallSiteSync

    with SCCallSiteSync(frame._sc):
        address, secret, server = frame._jdf.collectAsArrowToPython()
    try:
        batches = _read(address, secret, meter)
    except (pa.ArrowException, RuntimeError):
        # The driver broke off what it sent: it says why.
        _ask_why(server)
        raise
    except BaseException:
        # The connection is closed by now, so the driver's side has ended with an error of its own.
        with contextlib.suppress(Exception):
            server.getResult()
        raise
    server.getResult()
    schema = batches[0].schema if batches else to_arrow_schema(frame.schema)
    return pa.Table.from_batches(batches, schema)


def _ask_why(server: Any) -> None:
    """Raise the error that ended a job, as Spark raises it of any other action."""
    from pyspark.errors.exceptions import captured

    with captured.unwrap_spark_exception():
        server.getResult()


def collect_connect(frame: Any, meter: Meter) -> Any:
    """Return a DataFrame of Spark Connect as a table of Arrow; this runs a query on the server.

    Parameters
    ----------
    frame
        A DataFrame of Spark Connect, of PySpark 3.5 or later.
    meter
        Told of each batch; raises when the rest would not fit into memory.

    Raises
    ------
    SqlError
        The result does not fit; the query may still run then.
    """
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    client, plan = frame.sparkSession.client, frame._plan
    # Spark 3.5 knows no observations of a plan.
    observations = (plan.observations,) if hasattr(plan, "observations") else ()
    answers = client.to_table_as_iterator(plan.to_proto(client), *observations)
    batches: list[Any] = []
    with contextlib.closing(answers):
        for answer in answers:
            if isinstance(answer, pa.Table):
                for batch in answer.to_batches():
                    meter.add_batch(batch)
                    batches.append(batch)
                schema = answer.schema
    if not batches:
        schema = to_arrow_schema(frame.schema)
    return pa.Table.from_batches(batches, schema)


def _read(address: Any, secret: Any, meter: Meter) -> list[Any]:
    from pyspark.serializers import UTF8Deserializer, read_int
    from pyspark.sql.pandas.serializers import ArrowStreamSerializer

    stream, connection = _connect(address, secret)
    try:
        # The first batch comes when the first partition has been computed, whenever that is.
        connection.settimeout(None)
        batches: list[Any] = []
        for batch in ArrowStreamSerializer().load_stream(stream):
            meter.add_batch(batch)
            batches.append(batch)
        count = read_int(stream)
        if count < 0:
            raise RuntimeError(UTF8Deserializer().loads(stream))
        return [batches[read_int(stream)] for _ in range(count)]
    finally:
        stream.close()
        connection.close()


def _connect(address: Any, secret: Any) -> tuple[Any, Any]:
    try:
        from pyspark.util import local_connect_and_auth
    except ImportError:  # Spark 3.5
        from pyspark.java_gateway import local_connect_and_auth
    opened: tuple[Any, Any] = local_connect_and_auth(address, secret)
    return opened
