"""The cluster that the tests of this tier share. No I/O at import."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.witnesses import witness

from cluster.kubernetes import Cluster, images


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tier."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker("cluster")
            if item.get_closest_marker("timeout") is None:
                # A fixture may have to unpack images of gigabytes on a busy disk.
                item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster with all images of the tests, one for the whole session."""
    with Cluster(images=images.everything()) as started, witness("the cluster", started.told):
        yield started


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace for one test."""
    name = f"test-{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", name)
    yield name
    # Its pods would take seconds to end; nobody needs to wait for them.
    cluster.kubectl("delete", "namespace", name, "--wait=false")
