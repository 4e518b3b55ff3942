"""What can go wrong."""


class ClusterError(Exception):
    """The cluster can't be built, started or used; the message says why and what to do."""


class KubectlError(ClusterError):
    """kubectl refused or failed; the message is its own."""
