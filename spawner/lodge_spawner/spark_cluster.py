"""Spark's properties in a pod: executors as pods beside it, or on a cluster outside."""

from __future__ import annotations

from .manifests import Server
from .manifests.policies import SparkPorts
from .manifests.server import FILES
from .profiles import ProfileSpark
from .spark import COMMON_PROPERTIES, LOCAL_PROPERTIES, guarded_ui, quick_start

#: The API server's name in every cluster.
API_SERVER = "k8s://https://kubernetes.default.svc:443"
#: Variable with the address of the pod's node.
NODE_ADDRESS = "LODGE_NODE_ADDRESS"
#: The executors' template, beside the properties.
TEMPLATE = "executor.yaml"
#: The class-data archive of Lodge's image of servers; another image may lack it.
ARCHIVE = "/opt/lodge/venv/share/lodge/spark-classes.jsa"


def pod_ports(sessions: int) -> SparkPorts:
    """Return the ports of Spark where executors are pods: a pod has all ports to itself."""
    return SparkPorts(30000, 30100, sessions, executor=30200)


def session_properties(
    spark: ProfileSpark, server: Server, image: str, ports: SparkPorts | None
) -> dict[str, str]:
    """Return the properties that a plain session in a server's pod starts with.

    Parameters
    ----------
    spark
        The profile's Spark.
    server
        The server.
    image
        Its image, which executors take too unless the profile names another.
    ports
        What drivers listen on; None where executors are in the pod itself.
    """
    if spark.mode == "local" or ports is None:
        made = {"spark.master": spark.master or "local[*]"}
        common = LOCAL_PROPERTIES | quick_start(ARCHIVE)
        return common | made | guarded_ui(spark.ui) | spark.properties
    made = {
        **COMMON_PROPERTIES,
        **quick_start(ARCHIVE),
        "spark.driver.bindAddress": "0.0.0.0",  # noqa: S104 - the pod's own, policies guard it
        "spark.driver.port": str(ports.driver),
        "spark.driver.blockManager.port": str(ports.block_manager),
        # The next session takes the next port of each range.
        "spark.port.maxRetries": str(ports.sessions - 1),
        "spark.executor.memory": spark.memory,
        "spark.executor.cores": str(spark.cores),
        **_allocation(spark),
    }
    made |= _pods(spark, server, image, ports) if spark.mode == "pods" else _outside(spark)
    return made | guarded_ui(spark.ui) | spark.properties


def _allocation(spark: ProfileSpark) -> dict[str, str]:
    return {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.minExecutors": str(spark.min_executors),
        # Fewer than the minimum would be told as a mistake.
        "spark.executor.instances": str(max(spark.min_executors, 1)),
        "spark.dynamicAllocation.maxExecutors": str(spark.max_executors),
        "spark.dynamicAllocation.executorIdleTimeout": f"{spark.idle_s}s",
        # Without an end, executors that hold cached data or shuffles would stay for ever.
        "spark.dynamicAllocation.cachedExecutorIdleTimeout": f"{10 * spark.idle_s}s",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.timeout": f"{5 * spark.idle_s}s",
    }


def _pods(spark: ProfileSpark, server: Server, image: str, ports: SparkPorts) -> dict[str, str]:
    return {
        "spark.master": API_SERVER,
        "spark.driver.host": server.host,
        "spark.blockManager.port": str(ports.executor),
        "spark.kubernetes.namespace": server.namespace,
        "spark.kubernetes.container.image": spark.image or image,
        # Executors belong to the driver's pod: Kubernetes removes them with it.
        "spark.kubernetes.driver.pod.name": server.pod,
        # They find the driver by its Service's name, not by the address that it is bound to.
        "spark.kubernetes.executor.useDriverPodIP": "false",
        "spark.kubernetes.executor.podTemplateFile": f"{FILES}/{TEMPLATE}",
        "spark.kubernetes.executor.podTemplateContainerName": "executor",
        "spark.kubernetes.executor.request.cores": spark.cpu_request or str(spark.cores),
        "spark.kubernetes.executor.limit.cores": str(spark.cores),
    }


def _outside(spark: ProfileSpark) -> dict[str, str]:
    queue = {"spark.yarn.queue": spark.queue} if spark.queue else {}
    # A standalone cluster hands no secret of a session to its executors; one that all share is
    # for `properties`. The policy admits the cluster's networks alone.
    shared = {"spark.authenticate": "false"} if spark.master.startswith("spark://") else {}
    return {
        "spark.master": spark.master,
        # Known when the pod has a node; Spark puts it in.
        "spark.driver.host": f"${{env:{NODE_ADDRESS}}}",
        **queue,
        **shared,
    }
