"""Kubernetes: the chart runs each part of Lodge in a pod, and users' servers are pods."""

from .deployment import Cluster

__all__ = ["Cluster"]
