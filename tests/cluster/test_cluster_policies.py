"""Network policies refuse and allow, in both directions, from a pod's first packet on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support.lodge import wait_for

from cluster.kubernetes import Cluster
from cluster.kubernetes.names import API_SERVICE
from cluster.pods import pod, ready, said, start

# One attempt for each target. A lost first packet is sent again after a second: that is late.
TRY = """
import socket, sys, threading, time
def attempt(target):
    host, port = target.split(':')
    began = time.monotonic()
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        print(target, 'open' if time.monotonic() - began < 0.9 else 'late', flush=True)
    except TimeoutError:
        print(target, 'closed', flush=True)
for target in sys.argv[1:]:
    threading.Thread(target=attempt, args=[target]).start()
"""


def policy(name: str, selected: Mapping[str, str], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "podSelector": {"matchLabels": dict(selected)},
            "policyTypes": [each.capitalize() for each in spec],
            **spec,
        },
    }


def trying(name: str, role: str, *targets: str) -> dict[str, Any]:
    return pod(name, TRY, labels={"role": role}, arguments=targets)


def results(cluster: Cluster, namespace: str, name: str) -> dict[str, str]:
    lines = said(cluster, namespace, name).splitlines()
    return dict(line.split() for line in lines)


def pods_with(**labels: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels}}


def test_who_may_come_in_is_decided_from_the_first_packet_on(
    cluster: Cluster, namespace: str
) -> None:
    rule = {"from": [pods_with(role="friend")], "ports": [{"port": "http"}]}
    start(cluster, namespace, policy("in", {"app": "web"}, ingress=[rule]), pod("web"))
    web = f"{ready(cluster, namespace, 'web')}:8000"
    friends = [f"friend-{number}" for number in range(4)]
    start(
        *(cluster, namespace, trying("stranger", "stranger", web)),
        *(trying(name, "friend", web) for name in friends),
    )
    for name in friends:
        assert results(cluster, namespace, name) == {web: "open"}
    assert results(cluster, namespace, "stranger") == {web: "closed"}


def test_where_a_pod_may_go_is_decided_from_its_first_packet_on(
    cluster: Cluster, namespace: str
) -> None:
    rule = {"to": [pods_with(app="web")], "ports": [{"port": 8000}]}
    start(
        *(cluster, namespace, policy("out", {"role": "confined"}, egress=[rule])),
        *(pod("web"), pod("other")),
    )
    web = f"{ready(cluster, namespace, 'web')}:8000"
    other = f"{ready(cluster, namespace, 'other')}:8000"
    api = (f"{API_SERVICE}:443", f"{cluster.address}:6443")
    start(
        *(cluster, namespace, trying("confined", "confined", web, other, *api)),
        trying("free", "free", web, other, *api),
    )
    everywhere = dict.fromkeys((web, other, *api), "open")
    assert results(cluster, namespace, "free") == everywhere
    confined = dict.fromkeys((other, *api), "closed") | {web: "open"}
    assert results(cluster, namespace, "confined") == confined


def test_namespaces_and_blocks_of_addresses_are_peers_too(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, pod("web"), pod("node"))
    web = f"{ready(cluster, namespace, 'web')}:8000"
    (dns,) = cluster.get("-n", "kube-system", "pods", "-l", "k8s-app=kube-dns")["items"]
    names = f"{dns['status']['podIP']}:53"
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    rules = [
        {"to": [{"namespaceSelector": system}]},
        {"to": [{"ipBlock": {"cidr": f"{cluster.address}/32"}}]},
    ]
    node = f"{cluster.address}:6443"
    start(
        *(cluster, namespace, policy("out", {"role": "confined"}, egress=rules)),
        trying("confined", "confined", web, names, node),
    )
    expected = {web: "closed", names: "open", node: "open"}
    assert results(cluster, namespace, "confined") == expected


def test_a_policy_that_comes_or_goes_holds_for_pods_that_run(
    cluster: Cluster, namespace: str
) -> None:
    start(cluster, namespace, pod("web"), pod("user"))
    target = f"{ready(cluster, namespace, 'web')}:8000"
    ready(cluster, namespace, "user")

    def tried() -> str:
        command = ("exec", "user", "--", "python3", "-c", TRY, target)
        return cluster.kubectl("-n", namespace, *command).split()[1]

    assert tried() == "open"
    start(cluster, namespace, policy("closed", {"app": "web"}, ingress=[]))
    wait_for(lambda: tried() == "closed", 20, "the policy holds")
    cluster.kubectl("-n", namespace, "delete", "networkpolicy", "closed")
    wait_for(lambda: tried() == "open", 20, "the policy is gone")
