"""Lodge on the cluster by its chart, and what a test asks of it."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from cluster.kubernetes import Cluster, certificates
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.names import ADDRESS, API_SERVICE, HUB_IMAGE, SERVER_IMAGES
from cluster.shop import Shop

CHART = Path(__file__).parents[2] / "helm" / "lodge"
PORTS = {"proxy": 30080, "identity": 30081}
#: Lodge's name and those of users' servers, which no name server knows.
HOSTS = ("lodge.test", "*.lodge.test")
#: Small parts, so that all of it has room on two cores.
SMALL = {"requests": {"cpu": "10m", "memory": "64Mi"}}
#: What servers and executors bear.
TOLERATION = {"key": "users", "operator": "Exists", "effect": "NoSchedule"}
#: For executors and drivers: quick to start, small.
QUICK = {
    f"spark.{each}.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    for each in ("driver", "executor")
}


def _image(name: str) -> dict[str, str]:
    repository, _, tag = name.rpartition(":")
    return {"name": repository, "tag": tag}


def values(instance: str, shop: Shop) -> dict[str, Any]:
    """Return the values of a small installation that browsers reach by ports of the node.

    TLS ends in the cluster, by a company's own authority; `shop` is one of its sources; a service
    `tester` may act as an admin.
    """
    parts = ("hub", "proxy", "shares", "schedules", "identity", "metastore")
    made: dict[str, Any] = {part: {"resources": SMALL} for part in parts}
    made["publicUrl"] = f"https://{HOSTS[0]}:{PORTS['proxy']}"
    made["instance"] = instance
    made["extraAuthorities"] = "company"
    made["imagePullSecrets"] = ["registry"]
    made["config"] = {"sources": {"shop": shop.source}}
    secret = {"name": "shop", "key": "password"}
    made["extraEnv"] = [{"name": "SHOP_PASSWORD", "valueFrom": {"secretKeyRef": secret}}]
    scopes = ["admin:users", "admin:servers"]
    made["hub"] |= {
        "image": _image(HUB_IMAGE),
        "services": {"tester": {}},
        "loadRoles": {"tester": {"services": ["tester"], "scopes": scopes}},
    }
    made["proxy"]["https"] = {"enabled": True, "secretName": "tls"}
    made["proxy"]["service"] = {"type": "NodePort", "nodePort": PORTS["proxy"]}
    made["identity"] |= {
        "publicUrl": f"https://{ADDRESS}:{PORTS['identity']}",
        "service": {"type": "NodePort", "nodePort": PORTS["identity"]},
    }
    for part in ("hub", "shares", "schedules", "identity", "metastore"):
        made[part]["storage"] = "1Gi"
    made["singleuser"] = {
        "image": _image(SERVER_IMAGES["4"]),
        "storage": {"capacity": "1Gi"},
        "extraEnv": {"TEAM": "analytics"},
        "extraLabels": {"team": "analytics"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "extraTolerations": [TOLERATION],
        "apiServer": [f"{API_SERVICE}:443", f"{ADDRESS}:6443"],
        "profiles": {
            "spark": {
                "name": "Spark",
                "cpu": "0.1",
                "memory": "256M",
                "memory_limit": "3G",
                "egress": [shop.egress],
                "spark": {
                    "mode": "pods",
                    "cpu_request": "100m",
                    "memory": "512m",
                    "max_executors": 2,
                    "min_executors": 1,
                    "properties": QUICK,
                },
            }
        },
    }
    return made


class Installed:
    """A release of the chart.

    Parameters
    ----------
    cluster
        Where it is.
    folder
        For its values.
    shop
        A company's database beside it.
    given
        Its values.
    """

    def __init__(
        self, cluster: Cluster, folder: Path, shop: Shop, given: Mapping[str, Any]
    ) -> None:
        self.cluster = cluster
        self.folder = folder
        self.shop = shop
        self.values = dict(given)
        self.namespace = self.values["instance"]
        self.url = self.values["publicUrl"]

    def helm(self, command: str, *options: str) -> str:
        """Run a command of helm that takes the chart's values."""
        path = self.folder / "values.json"
        path.write_text(json.dumps(self.values), encoding="utf-8")
        where = ("--namespace", self.namespace, "--values", str(path))
        return self.cluster.helm(command, "lodge", str(CHART), *where, *options)

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the release's namespace."""
        return self.cluster.kubectl("-n", self.namespace, *arguments)

    def password(self, name: str) -> str:
        """Return the password of the first account, `admin`."""
        found = self.cluster.get("-n", self.namespace, "secret", "lodge")["data"]
        return base64.b64decode(found[f"password-{name}"]).decode()

    def add_user(self, name: str) -> str:
        """Make an account at the embedded provider; return its password."""
        said = self.kubectl(
            *("exec", "deploy/identity", "--", "lodge", "user", "add", name, "--generate")
        )
        return said.rpartition("with the password ")[2].rstrip(".\n")

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the hub as the service `tester`, through the proxy and TLS."""
        secret = self.cluster.get("-n", self.namespace, "secret", "lodge")["data"]
        token = base64.b64decode(secret["service-tester"]).decode()
        with self.cluster.network():
            return httpx.request(
                method,
                f"https://{ADDRESS}:{PORTS['proxy']}/hub/api/{path}",
                headers={"Authorization": f"token {token}"},
                verify=ssl.create_default_context(cafile=self.authority),
                timeout=60,
                trust_env=False,
                **options,
            )

    @property
    def authority(self) -> Path:
        """The certificate that signed the proxy's."""
        return self.folder / "authority.crt"

    def make_secrets(self) -> None:
        """Make the namespace and what an admin puts there before the chart."""
        self.cluster.kubectl("create", "namespace", self.namespace)
        authority = certificates.issue("a company")
        self.authority.write_bytes(authority.certificate_pem)
        with tempfile.TemporaryDirectory() as folder:
            pair = certificates.issue(HOSTS[0], authority, names=HOSTS, addresses=(ADDRESS,))
            pair.write(Path(folder), "tls")
            files = (f"--cert={folder}/tls.crt", f"--key={folder}/tls.key")
            self.kubectl("create", "secret", "tls", "tls", *files)
        self.kubectl("create", "configmap", "company", f"--from-file=ca.crt={self.authority}")
        login = ("--docker-server=registry.test", "--docker-username=u", "--docker-password=p")
        self.kubectl("create", "secret", "docker-registry", "registry", *login)
        shop = (("password", self.shop.password), ("url", self.shop.url))
        given = [f"--from-literal={key}={value}" for key, value in shop]
        self.kubectl("create", "secret", "generic", "shop", *given)

    def namespaces(self) -> list[str]:
        """Return its own namespace and those of its users."""
        label = f"lodge/instance={self.namespace}"
        users = self.cluster.get("namespaces", "-l", label)["items"]
        return [self.namespace, *(each["metadata"]["name"] for each in users)]

    def logs(self) -> str:
        """Return the end of what every pod said, users' too, and what Kubernetes says of them."""
        said = []
        for namespace in self.namespaces():
            where = ("-n", namespace)
            said.append(self.cluster.kubectl(*where, "get", "pods", "-o", "wide"))
            for pod in self.cluster.get(*where, "pods")["items"]:
                name = pod["metadata"]["name"]
                with contextlib.suppress(ClusterError):
                    log = self.cluster.kubectl(*where, "logs", name, "--tail=40")
                    said.append(f"--- {name}\n{log}")
            warnings = ("get", "events", "--field-selector", "type=Warning")
            said.append(self.cluster.kubectl(*where, *warnings))
        return "\n".join(said)


@contextlib.contextmanager
def installed(cluster: Cluster, folder: Path, shop: Shop) -> Iterator[Installed]:
    """Install the chart; take all of it away at the end, volumes included."""
    release = Installed(cluster, folder, shop, values(f"lodge{secrets.token_hex(2)}", shop))
    try:
        release.make_secrets()
        try:
            release.helm("install", "--wait", "--timeout", "5m")
        except Exception as error:
            raise AssertionError(f"{error}\n{release.logs()}") from error
        yield release
    finally:
        with contextlib.suppress(Exception):
            cluster.helm("uninstall", "lodge", "--namespace", release.namespace, "--no-hooks")
        spaces = [f"namespace/{each}" for each in release.namespaces()]
        cluster.kubectl("delete", "--wait=false", "--ignore-not-found", *spaces)
