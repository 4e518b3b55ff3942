"""A single-node Kubernetes of the machine's own: built, started, used and removed again.

``Cluster`` is all that a test needs; ``images`` builds what its pods run. Nothing of it is faked:
the programs are those of a company's cluster. Each cluster lives in namespaces of its own, so that
any number of them stand side by side, and the end of one process is the end of all of it.
"""

from cluster.kubernetes import images
from cluster.kubernetes.cluster import Cluster
from cluster.kubernetes.errors import ClusterError, KubectlError

__all__ = ["Cluster", "ClusterError", "KubectlError", "images"]
