"""The keys of ``[kubernetes]``: how users' servers become pods."""

from __future__ import annotations

from typing import Annotated, Self

from lodge_spawner.profiles import Slug
from pydantic import Field, model_validator

from .section import Section

NodePort = Annotated[int, Field(ge=1, le=65535)]


class Kubernetes(Section):
    """Users' servers on Kubernetes. The chart writes this table; one machine has none."""

    instance: Slug = Field(
        "lodge",
        description="Name of this installation: every object that is made for a user carries it.",
    )
    namespace: str = Field("lodge", min_length=1, description="The namespace of Lodge's own pods.")
    user_namespaces: str = Field(
        "",
        description="Names of the users' namespaces, with `{username}` in them. Empty: "
        "`INSTANCE-{username}`. Only users of profiles whose executors are pods have one.",
    )
    premade_namespaces: bool = Field(
        False,
        description="Whether an admin makes the users' namespaces, with what `lodge namespace` "
        "prints. The hub needs no rights in the cluster as a whole then. False: where executors "
        "are pods, it makes them itself.",
    )
    secrets_dir: str = Field(
        "/etc/lodge/secrets", description="Folder of Lodge's own secrets, a file each."
    )
    samples_dir: str = Field(
        "/opt/lodge/samples", description="Folder of the sample data in the servers' image."
    )
    home_size: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?[KMGT]i?$")] = Field(
        "10Gi", description="Size of a user's home volume."
    )
    storage_class: str = Field(
        "", description="Storage class of home volumes. Empty: the cluster's default."
    )
    api_server: list[str] = Field(
        [],
        description="Addresses of the API server, `ADDRESS:PORT`, for servers whose executors are "
        "pods. Empty: that of its Service.",
    )
    hub_addresses: list[str] = Field(
        [],
        description="Further addresses and networks that reach servers and that servers reach as "
        "the hub's.",
    )
    node_ports: list[NodePort] = Field(
        [31000, 32767],
        min_length=2,
        max_length=2,
        description="First and last of the node ports that drivers take whose executors are "
        "outside.",
    )
    start_timeout_s: int = Field(
        300, ge=10, description="Seconds that a server may take to start, node and image included."
    )
    patience_s: int = Field(
        30,
        ge=0,
        description="Seconds that a pod may wait for room or for a volume before its start ends "
        "with the cause, where no node is being added.",
    )
    named_servers: int = Field(
        0, ge=0, description="How many servers a user may have beside the first one."
    )

    cull_after_s: int = Field(
        14400, ge=0, description="Seconds after which an unused server is stopped. 0: never."
    )
    cull_every_s: int = Field(600, ge=10, description="How often that is looked at, in seconds.")
    reap_every_s: int = Field(
        300,
        ge=0,
        description="How often objects that lost their server are looked for and removed, in "
        "seconds. 0: never.",
    )

    @model_validator(mode="after")
    def _named_by_user(self) -> Self:
        if self.user_namespaces and "{username}" not in self.user_namespaces:
            raise ValueError("user_namespaces needs {username}: a namespace is one user's")
        return self

    @model_validator(mode="after")
    def _named_without_a_server(self) -> Self:
        if self.premade_namespaces:
            # Of a cluster alone: on one machine nobody waits for the client of Kubernetes.
            from lodge_spawner.user_namespaces import user_namespace

            user_namespace(self.namespace_template, "ada")
        return self

    @property
    def namespace_template(self) -> str:
        """Names of the users' namespaces, of which all but the user is settled."""
        template = self.user_namespaces or f"{self.instance}-{{username}}"
        # As KubeSpawner has it.
        hub = "user" if self.namespace == "default" else self.namespace
        return template.replace("{hubnamespace}", hub)
