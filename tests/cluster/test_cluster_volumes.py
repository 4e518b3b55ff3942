"""Volumes: what a pod writes is there for the next one, and gone with its claim."""

from pathlib import Path
from typing import Any

from support.lodge import wait_for

from cluster.kubernetes import Cluster
from cluster.pods import pod, said, start

WRITE = "import os; open('/data/kept', 'w').write('kept'); print(os.stat('/data').st_gid)"
READ = "print(open('/data/kept').read())"


def claim(**spec: object) -> dict[str, Any]:
    request = {"requests": {"storage": "1Gi"}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "home"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": request, **spec},
    }


def user(name: str, script: str) -> dict[str, Any]:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "home"}}
    mounts = [{"name": "data", "mountPath": "/data"}]
    return pod(name, script, container={"volumeMounts": mounts}, volumes=[volume])


def test_a_volume_keeps_a_file_across_pods_and_goes_with_its_claim(
    cluster: Cluster, namespace: str
) -> None:
    start(cluster, namespace, claim(), user("first", WRITE))
    assert said(cluster, namespace, "first") == "100"
    cluster.kubectl("-n", namespace, "delete", "pod", "first")
    start(cluster, namespace, user("second", READ))
    assert said(cluster, namespace, "second") == "kept"
    volume = cluster.get("-n", namespace, "pvc", "home")["spec"]["volumeName"]
    folder = Path(cluster.state.folder, "volumes", volume)
    assert (folder / "kept").read_text() == "kept"
    cluster.kubectl("-n", namespace, "delete", "pod/second", "pvc/home")
    wait_for(lambda: not folder.exists(), what="the volume's folder is gone")
    cluster.kubectl("wait", "--for=delete", f"pv/{volume}", "--timeout=30s")


def test_a_claim_of_an_unknown_class_stays_unbound(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, claim(storageClassName="missing"), user("waiting", READ))

    def events() -> str:
        return cluster.kubectl("-n", namespace, "get", "events", "-o", "jsonpath={..message}")

    wait_for(lambda: "unbound immediate PersistentVolumeClaims" in events())
    assert cluster.get("-n", namespace, "pvc", "home")["status"]["phase"] == "Pending"
