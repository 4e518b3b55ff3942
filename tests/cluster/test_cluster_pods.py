"""The node, pods, Services and names."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
from support.lodge import wait_for

from cluster.kubernetes import Cluster
from cluster.pods import pod, ready, said, start

ASK = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())
"""
LISTEN = """
import socket
server = socket.create_server(('', 8123))
print('listening', flush=True)
connection, _ = server.accept()
with connection:
    connection.sendall(b'hello from the machine')
server.close()
"""
RECEIVE = """
import socket, sys
with socket.create_connection((sys.argv[1], 8123), timeout=10) as connection:
    print(connection.makefile().read())
"""


def service(name: str, **spec: object) -> dict[str, object]:
    ports = [{"port": 80, "targetPort": "http"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": ports, **spec},
    }


def answer(url: str) -> str:
    """Ask until kube-proxy has seen what the Service leads to."""

    def ask() -> str:
        try:
            return httpx.get(url, trust_env=False).text
        except httpx.ConnectError:
            return ""

    return str(wait_for(ask, 10, f"{url} answers"))


def test_the_node_is_ready_and_says_what_it_is(cluster: Cluster) -> None:
    (node,) = cluster.get("nodes")["items"]
    assert {"type": "InternalIP", "address": cluster.address} in node["status"]["addresses"]
    assert node["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.")
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")


def test_a_pod_answers_the_machine_and_other_pods_by_its_services_name(
    cluster: Cluster, namespace: str
) -> None:
    start(cluster, namespace, pod("web"), service("web"), service("own", clusterIP="None"))
    address = ready(cluster, namespace, "web")
    with cluster.network():
        assert httpx.get(f"http://{address}:8000", trust_env=False).text == "hello from a pod"
        virtual = cluster.get("-n", namespace, "service", "web")["spec"]["clusterIP"]
        assert answer(f"http://{virtual}") == "hello from a pod"
    for name in ("web", f"web.{namespace}", f"web.{namespace}.svc.cluster.local"):
        start(cluster, namespace, pod(f"ask-{name.count('.')}", ASK, arguments=[f"http://{name}"]))
    for dots in (0, 1, 4):
        assert said(cluster, namespace, f"ask-{dots}") == "hello from a pod"
    assert cluster.kubectl("-n", namespace, "exec", "web", "--", "id", "-u") == "1000"


def test_a_node_port_is_one_of_the_nodes_ports(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, pod("web"), service("web", type="NodePort"))
    ready(cluster, namespace, "web")
    port = cluster.get("-n", namespace, "service", "web")["spec"]["ports"][0]["nodePort"]
    with cluster.network():
        assert answer(f"http://{cluster.address}:{port}") == "hello from a pod"


def test_a_host_port_is_one_of_the_nodes_ports(cluster: Cluster, namespace: str) -> None:
    ports = [{"containerPort": 8000, "hostPort": 31080}]
    start(cluster, namespace, pod("web", container={"ports": ports}))
    ready(cluster, namespace, "web")
    with cluster.network():
        answer = httpx.get(f"http://{cluster.address}:31080", trust_env=False)
    assert answer.text == "hello from a pod"


def test_a_program_of_the_machine_is_in_reach_of_pods(cluster: Cluster, namespace: str) -> None:
    process = cluster.in_node([sys.executable, "-c", LISTEN], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        start(cluster, namespace, pod("ask", RECEIVE, arguments=[cluster.address]))
        assert said(cluster, namespace, "ask") == "hello from the machine"
        assert process.wait(10) == 0


def test_names_outside_of_the_cluster_do_not_exist(cluster: Cluster, namespace: str) -> None:
    look_up = """
import socket
try: socket.getaddrinfo('example.org', 80)
except socket.gaierror as error: print(error.errno == socket.EAI_NONAME)
"""
    start(cluster, namespace, pod("ask", look_up))
    assert said(cluster, namespace, "ask") == "True"


def test_a_pod_is_ready_within_seconds(cluster: Cluster, namespace: str) -> None:
    began = time.monotonic()
    start(cluster, namespace, pod("quick"))
    ready(cluster, namespace, "quick")
    assert time.monotonic() - began < 15


def test_helm_installs_and_removes_a_chart(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    chart = tmp_path
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: small\nversion: 0.1.0\n")
    (chart / "templates").mkdir()
    (chart / "templates/map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: small}\n"
        "data: {of: {{ .Release.Name }}}\n"
    )
    cluster.helm("install", "first", str(chart), "-n", namespace, "--wait")
    assert cluster.get("-n", namespace, "configmap", "small")["data"] == {"of": "first"}
    cluster.helm("uninstall", "first", "-n", namespace, "--wait")
    names = cluster.kubectl("-n", namespace, "get", "configmaps", "-o", "name")
    assert "small" not in names
