"""Why a pod can't start, from what Kubernetes says of it."""

from typing import Any

import pytest
from lodge_spawner.diagnosis import cause, refused


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"status": {"containerStatuses": [{"image": "server:9", "state": state}]}}


def unschedulable(message: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"reason": "Unschedulable", "message": message}]}}


@pytest.mark.parametrize(
    ("pod", "said", "lasting"),
    [
        (waiting("ImagePullBackOff"), "server:9 can't be fetched", True),
        (waiting("ErrImagePull", "manifest: not found"), "server:9 can't be fetched", True),
        (waiting("CreateContainerConfigError", "no secret"), "container can't be made", True),
        (unschedulable("0/1 nodes: Insufficient cpu"), "No node of the cluster has room", False),
        (
            unschedulable("pod has unbound immediate PersistentVolumeClaims"),
            "missing or unbound",
            False,
        ),
        ({"status": {"phase": "Failed", "reason": "Evicted"}}, "ended by Kubernetes", True),
    ],
)
def test_a_cause_is_one_sentence(pod: dict[str, Any], said: str, lasting: bool) -> None:
    found = cause(pod, [])
    assert found is not None
    assert said in found.sentence
    assert found.lasting == lasting


@pytest.mark.parametrize("reason", ["OOMKilled", "Error"])
def test_a_crash_at_the_start_is_told_with_its_exit_code(reason: str) -> None:
    pod = waiting("CrashLoopBackOff")
    (container,) = pod["status"]["containerStatuses"]
    container["lastState"] = {"terminated": {"reason": reason, "exitCode": 137}}
    found = cause(pod, [{"reason": "BackOff", "message": "Back-off restarting"}])
    assert found is not None
    assert "exit code 137" in found.sentence
    assert ("out of memory" in found.sentence) == (reason == "OOMKilled")
    assert "Kubernetes says: Back-off restarting" in str(found.error())


def test_a_command_that_is_missing_is_no_crash_of_the_server() -> None:
    pod = waiting("CrashLoopBackOff")
    (container,) = pod["status"]["containerStatuses"]
    container["lastState"] = {"terminated": {"reason": "StartError", "exitCode": 128}}
    found = cause(pod, [])
    assert found is not None
    assert "container can't be made" in found.sentence


@pytest.mark.parametrize(
    "pod", [{}, waiting("ContainerCreating"), waiting("ErrImagePull", "i/o timeout")]
)
def test_nothing_is_said_of_what_may_still_come_right(pod: dict[str, Any]) -> None:
    assert cause(pod, []) is None


def test_a_node_that_is_being_added_is_waited_for() -> None:
    assert cause(unschedulable("Insufficient cpu"), [{"reason": "TriggeredScaleUp"}]) is None


@pytest.mark.parametrize("reason", ["Pulling", "Pulled", "Created", "Started"])
def test_a_mount_that_failed_is_forgotten_once_containers_are_made(reason: str) -> None:
    failed = {"reason": "FailedMount", "message": "timed out"}
    assert cause({}, [failed]) is not None
    assert cause({}, [failed, {"reason": reason}]) is None


@pytest.mark.parametrize("patience_s", [0, 10])
def test_a_mount_that_failed_is_tried_again_before_the_start_ends(patience_s: int) -> None:
    failed = cause({}, [{"reason": "FailedMount", "message": "timed out"}])
    assert failed is not None
    assert not failed.ends(20, patience_s)
    assert failed.ends(30, patience_s)
    assert not failed.ends(30, 60)
    full = cause(unschedulable("Insufficient cpu"), [])
    assert full is not None
    assert full.ends(patience_s, patience_s)


def test_a_full_quota_is_told_and_other_refusals_too() -> None:
    full = refused(403, '{"message": "pods \\"a\\" is forbidden: exceeded quota: lodge"}')
    assert full is not None
    assert "quota of your namespace" in full.sentence
    right = refused(403, '{"message": "cannot create resource"}')
    assert right is not None
    assert "lacks a right" in right.sentence
    assert refused(500, "not JSON") is None
