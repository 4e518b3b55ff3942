"""Who may speak with a server and with its executors, in both directions.

What no policy names is closed once a pod has a policy: other users' pods, the metadata address of
a cloud, the API server.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .server import DRIVER_LABEL, SERVER_LABEL, Manifest, Server

#: Where clouds tell a machine its credentials.
METADATA = ("169.254.169.254/32", "fd00:ec2::254/128")

Peer = Mapping[str, Any]


@dataclass(frozen=True)
class Destination:
    """Addresses that a server may speak to.

    Parameters
    ----------
    network
        An address or a network, as ``10.0.0.0/8``.
    ports
        TCP ports; empty: all.
    """

    network: str
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reach:
    """What the policies of servers name beside the servers themselves.

    Parameters
    ----------
    hub
        The hub and its proxy, as peers of a policy.
    hub_ports
        Their TCP ports.
    dns
        The cluster's DNS.
    api_server
        The API server, before and after its Service is resolved.
    destinations
        Further addresses: sources, a Spark cluster outside.
    """

    hub: tuple[Peer, ...] = ()
    hub_ports: tuple[int, ...] = (8000, 8081)
    dns: tuple[Peer, ...] = ()
    api_server: tuple[Destination, ...] = ()
    destinations: tuple[Destination, ...] = ()


@dataclass(frozen=True)
class SparkPorts:
    """The ports of Spark in a pod: what its sessions listen on.

    Parameters
    ----------
    driver, block_manager
        The first port of each range.
    sessions
        How many sessions there may be at once: the length of the ranges.
    executor
        The port of an executor's block manager; None where executors are not pods.
    """

    driver: int
    block_manager: int
    sessions: int
    executor: int | None = None

    def ranges(self) -> list[Manifest]:
        """Return the driver's ports, as policies have them."""
        return [
            {"protocol": "TCP", "port": first, "endPort": first + self.sessions - 1}
            for first in (self.driver, self.block_manager)
        ]

    def numbers(self) -> list[int]:
        """Return the driver's ports one by one."""
        firsts = (self.driver, self.block_manager)
        return [port for first in firsts for port in range(first, first + self.sessions)]


@dataclass(frozen=True)
class Executors:
    """From where executors speak with a driver.

    Parameters
    ----------
    ports
        The ports that they speak to.
    pods
        Whether they are pods beside the driver.
    networks
        Where they are otherwise, as addresses and networks.
    """

    ports: SparkPorts
    pods: bool = True
    networks: tuple[str, ...] = field(default=())


def server_policy(
    server: Server,
    reach: Reach,
    executors: Executors | None = None,
    owner: Mapping[str, Any] | None = None,
) -> Manifest:
    """Return the policy of a server's pod.

    Parameters
    ----------
    server
        The server.
    reach
        Whom it may speak with.
    executors
        Where its sessions' executors are; None: in the pod.
    owner
        The object that the policy goes with.
    """
    into = [{"from": [*map(dict, reach.hub)], "ports": [_tcp(server.port)]}] if reach.hub else []
    out = [*_dns(reach.dns)]
    if reach.hub:
        out.append({"to": [*map(dict, reach.hub)], "ports": [*map(_tcp, reach.hub_ports)]})
    if executors is not None and executors.pods:
        pods = [{"podSelector": {"matchLabels": {DRIVER_LABEL: server.pod}}}]
        into.append({"from": pods, "ports": executors.ports.ranges()})
        out.append({"to": pods, "ports": _port(executors.ports.executor)})
        out += map(_egress, reach.api_server)
    elif executors is not None:
        networks = [_block(network) for network in executors.networks]
        into.append({"from": networks, "ports": executors.ports.ranges()})
        out.append({"to": networks})
    out += map(_egress, reach.destinations)
    return _policy(server, f"{server.pod}-server", {SERVER_LABEL: server.pod}, into, out, owner)


def executor_policy(
    server: Server,
    reach: Reach,
    ports: SparkPorts,
    owner: Mapping[str, Any] | None = None,
) -> Manifest:
    """Return the policy of the executor pods of a server: their driver, each other, the data."""
    driver = [{"podSelector": {"matchLabels": {SERVER_LABEL: server.pod}}}]
    others = [{"podSelector": {"matchLabels": {DRIVER_LABEL: server.pod}}}]
    blocks = _port(ports.executor)
    into = [{"from": driver + others, "ports": blocks}]
    out = [
        *_dns(reach.dns),
        {"to": driver, "ports": ports.ranges()},
        {"to": others, "ports": blocks},
        *map(_egress, reach.destinations),
    ]
    return _policy(server, f"{server.pod}-spark", {DRIVER_LABEL: server.pod}, into, out, owner)


def _policy(
    server: Server,
    name: str,
    selector: Mapping[str, str],
    into: Iterable[Manifest],
    out: Iterable[Manifest],
    owner: Mapping[str, Any] | None,
) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": server.metadata(name, owner),
        "spec": {
            "podSelector": {"matchLabels": dict(selector)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": list(into),
            "egress": list(out),
        },
    }


def _dns(peers: Iterable[Peer]) -> list[Manifest]:
    to = [dict(peer) for peer in peers]
    return [{"to": to, "ports": [{"protocol": "UDP", "port": 53}, _tcp(53)]}] if to else []


def _egress(destination: Destination) -> Manifest:
    rule: Manifest = {"to": [_block(destination.network)]}
    return rule | ({"ports": [*map(_tcp, destination.ports)]} if destination.ports else {})


def _block(network: str) -> Manifest:
    """Return a network without the metadata address, which no default may open."""
    wanted = ipaddress.ip_network(network)
    closed = [each for each in METADATA if _within(ipaddress.ip_network(each), wanted)]
    return {"ipBlock": {"cidr": str(wanted)} | ({"except": closed} if closed else {})}


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network,
    outer: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner != outer and inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner != outer and inner.subnet_of(outer)
    return False


def _tcp(port: int) -> Manifest:
    return {"protocol": "TCP", "port": port}


def _port(port: int | None) -> list[Manifest]:
    if port is None:
        raise ValueError("executors that are pods need a port of their block manager")
    return [_tcp(port)]
