"""A company's database on the cluster, beside Lodge: Postgres with a table of orders."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cluster import pods
from cluster.kubernetes import Cluster
from cluster.kubernetes.names import ALL_PODS, POSTGRES_IMAGE

PORT = 5432
USER = "shop"
TABLE = """
CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, amount numeric(10, 2));
INSERT INTO orders VALUES (1, '名字', 12.50), (2, 'Émile', 7.25), (3, 'Bob', NULL);
"""


@dataclass(frozen=True)
class Shop:
    """The database.

    Parameters
    ----------
    namespace
        Where it is.
    password
        Of its user.
    """

    namespace: str
    password: str

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of the database."""
        return f"postgresql+psycopg://{USER}:{self.password}@shop.{self.namespace}:{PORT}/postgres"

    @property
    def source(self) -> dict[str, Any]:
        """The source as `lodge.toml` has it; its password is in `SHOP_PASSWORD`."""
        return {
            "type": "postgres",
            "host": f"shop.{self.namespace}",
            "user": USER,
            "database": "postgres",
            "password_env": "SHOP_PASSWORD",
        }

    @property
    def egress(self) -> dict[str, Any]:
        """What a profile says of it: a policy sees addresses of pods, not of Services."""
        return {"network": ALL_PODS, "ports": [PORT]}


@contextlib.contextmanager
def serving(cluster: Cluster) -> Iterator[Shop]:
    """Run the database in a namespace of its own."""
    shop = Shop(f"shop-{secrets.token_hex(3)}", secrets.token_hex(12))
    cluster.kubectl("create", "namespace", shop.namespace)
    try:
        main = {
            "image": POSTGRES_IMAGE,
            "command": ["/serve.sh"],
            "env": [{"name": "POSTGRES_PASSWORD", "value": shop.password}],
            "readinessProbe": {
                "exec": {"command": ["psql", "-h", "/tmp", "-d", "postgres", "-c", "SELECT 1"]},
                "periodSeconds": 1,
            },
        }
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "shop"},
            "spec": {"selector": {"app": "shop"}, "ports": [{"port": PORT}]},
        }
        pods.start(cluster, shop.namespace, pods.pod("shop", container=main), service)
        pods.ready(cluster, shop.namespace, "shop")
        sql = ("psql", "-h", "/tmp", "-d", "postgres", "-qc", TABLE)
        cluster.kubectl("-n", shop.namespace, "exec", "shop", "--", *sql)
        yield shop
    finally:
        cluster.kubectl("delete", "namespace", shop.namespace, "--wait=false")
