"""What a server on Kubernetes may be: profiles, by group, checked when the hub starts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?([KMGT]i?|m)?$")]
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")
Slug = Annotated[str, StringConstraints(pattern=rf"^{_SLUG.pattern}$")]
Network = Annotated[str, StringConstraints(min_length=2)]


Cores = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?m?$")]
Memory = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?[KMGT]?$")]


#: A Secret holds 1 MiB at most, with all that a server gets.
MAX_HADOOP_BYTES = 800_000


class ProfileError(ValueError):
    """A profile can't be used, or not by this user; the message says which, why and what to do."""


class Part(BaseModel):
    """A table of settings: unknown keys and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ProfileSpark(Part):
    """Spark of a profile's sessions."""

    mode: Literal["pods", "outside", "local"] = Field(
        "local",
        description="Where executors are: `pods` beside the user's server, in the user's own "
        "namespace; `outside`, on the cluster that `master` names; `local`, in the server itself.",
    )
    master: str = Field(
        "", description="Spark's master where executors are outside: `spark://host:port`, `yarn`."
    )
    networks: list[Network] = Field(
        [], description="From where executors outside reach the driver: addresses and networks."
    )
    python: str = Field(
        "", description="Python of executors outside, by its path there. Empty: the server's own."
    )
    image: str = Field("", description="Image of executors that are pods. Empty: the server's.")
    cores: int = Field(1, ge=1, description="Cores of an executor.")
    cpu_request: Cores | None = Field(
        None, description="CPU that an executor's pod asks for. Unset: `cores`."
    )
    memory: Annotated[str, StringConstraints(pattern=r"^[0-9]+[kmgt]$")] = Field(
        "1g", description="Heap of an executor, as Spark writes it."
    )
    max_executors: int = Field(4, ge=1, description="The most executors of a session.")
    min_executors: int = Field(0, ge=0, description="Executors that stay while nothing runs.")
    idle_s: int = Field(120, ge=1, description="Seconds after which an idle executor is let go.")
    hadoop: str = Field(
        "",
        description="Folder of Hadoop's configuration files, `yarn-site.xml` and `core-site.xml` "
        "among them, as the hub sees it. A server gets them as they are when it starts.",
    )
    sessions: int = Field(
        8, ge=1, le=50, description="How many sessions a server may have at once."
    )
    queue: str = Field("", description="Queue of YARN that sessions are submitted to.")
    ui: bool = Field(
        True, description="Whether sessions have Spark's UI, for their owner. Needs Spark 4."
    )
    properties: dict[str, str] = Field(
        {}, description="Further Spark properties of every session, readable by its user."
    )
    limits: dict[str, str] = Field(
        {}, description="The most that `%%spark` may ask for, by Spark's setting."
    )

    @field_validator("networks")
    @classmethod
    def _networks(cls, networks: list[str]) -> list[str]:
        return [str(ipaddress.ip_network(each)) for each in networks]

    @field_validator("hadoop")
    @classmethod
    def _hadoop(cls, folder: str) -> str:
        if folder:
            hadoop_files(folder)
        return folder

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.mode == "outside" and not (self.master and self.networks):
            raise ValueError("executors outside need master and networks")
        if self.mode != "outside" and self.master.partition(":")[0] in ("yarn", "spark"):
            raise ValueError(f"the master {self.master} is outside: set mode to `outside`")
        if self.min_executors > self.max_executors:
            raise ValueError("min_executors is more than max_executors")
        return self


def hadoop_files(folder: str) -> dict[str, str]:
    """Return the files of a folder of Hadoop's configuration, by name.

    Raises
    ------
    ValueError
        There are none, or they are more than a Secret may hold.
    """
    try:
        found = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(Path(folder).iterdir())
            # A mounted ConfigMap has folders and links beside, with a dot in front.
            if path.is_file() and not path.name.startswith(".")
        }
    except OSError as error:
        raise ValueError(f"the folder can't be read: {error.strerror}") from error
    if not found:
        raise ValueError(f"the folder {folder} holds no files")
    if sum(len(text.encode()) for text in found.values()) > MAX_HADOOP_BYTES:
        raise ValueError(f"the files of {folder} are more than {MAX_HADOOP_BYTES} bytes")
    return found


class Egress(Part):
    """Addresses that servers of a profile may speak to."""

    network: Network = Field(description="An address or a network, such as `10.20.0.0/16`.")
    ports: list[Annotated[int, Field(ge=1, le=65535)]] = Field(
        [], description="TCP ports. Empty: all of them."
    )

    @field_validator("network")
    @classmethod
    def _network(cls, network: str) -> str:
        return str(ipaddress.ip_network(network))


class Volume(Part):
    """A volume that servers of a profile see, beside the user's home."""

    claim: Slug = Field(description="The claim, in the namespace of the server.")
    path: Annotated[str, StringConstraints(pattern=r"^/")] = Field(description="Where it appears.")
    read_only: bool = Field(True, description="Whether nothing may be written.")


class Profile(Part):
    """A kind of server that users of some groups may start."""

    name: str = Field("Notebook", min_length=1, description="What users see.")
    description: str = Field("", description="What it is for, shown to users.")
    groups: list[str] = Field([], description="Whose members may use it. Empty: everybody.")
    image: str = Field(min_length=1, description="Image of the server, by tag or digest.")
    cpu: Cores = Field("0.5", description="CPU that is kept for the server.")
    cpu_limit: Cores = Field("2", description="The most CPU that the server gets.")
    memory: Memory = Field("1G", description="Memory that is kept for the server.")
    memory_limit: Memory = Field("4G", description="The most memory that the server gets.")
    gpu: int = Field(0, ge=0, description="Number of GPUs.")
    gpu_resource: str = Field("nvidia.com/gpu", description="The resource that GPUs are.")
    node_selector: dict[str, str] = Field(
        {}, description="Labels of the nodes that servers and executors run on."
    )
    volumes: list[Volume] = Field([], description="Volumes beside the home.")
    sources: list[str] | None = Field(
        None, description="SQL sources that servers see. Unset: all of them."
    )
    egress: list[Egress] = Field(
        [],
        description="What servers and executors may reach beside hub, DNS and Spark: databases, "
        "object stores, package indexes. Everything else is closed.",
    )
    quota: dict[str, Quantity] = Field(
        {},
        description="The most that a user's namespace may hold, by Kubernetes' resource; only "
        "where executors are pods.",
    )
    spark: ProfileSpark = Field(ProfileSpark(), description="Spark of the sessions.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.quota and self.spark.mode != "pods":
            raise ValueError("a quota holds for a user's namespace: set spark.mode to `pods`")
        return self


def is_slug(name: str) -> bool:
    """Tell whether a profile may be called so in links."""
    return _SLUG.fullmatch(name) is not None


def load_profiles(raw: Mapping[str, Any]) -> dict[str, Profile]:
    """Return the profiles of a table of ``lodge.toml``, by slug, in the table's order.

    Raises
    ------
    ProfileError
        Says which key of which profile is wrong.
    """
    found = {}
    for slug, table in raw.items():
        try:
            Named(slug=slug)
            found[slug] = table if isinstance(table, Profile) else Profile.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(["profiles", slug, *map(str, first["loc"])])
            raise ProfileError(f"{where}: {first['msg']}") from error
    return found


class Named(Part):
    """The name of a profile in links and in the form."""

    slug: Slug


def allowed(profiles: Mapping[str, Profile], groups: Collection[str]) -> dict[str, Profile]:
    """Return the profiles that a member of `groups` may use, in their order."""
    return {
        slug: profile
        for slug, profile in profiles.items()
        if not profile.groups or set(profile.groups) & set(groups)
    }


def chosen(
    profiles: Mapping[str, Profile], groups: Collection[str], slug: str | None
) -> tuple[str, Profile]:
    """Return the profile that a user asks for, checked again: a form can be made up.

    Parameters
    ----------
    profiles
        All profiles.
    groups
        The user's groups.
    slug
        What the user asks for; empty or None: the first that the user may use.

    Raises
    ------
    ProfileError
        There is none, or the user may not use it.
    """
    mine = allowed(profiles, groups)
    if not mine:
        raise ProfileError(
            "No server can be started: no profile is for one of your groups; ask an admin for "
            "access."
        )
    if not slug:
        return next(iter(mine.items()))
    if slug not in mine:
        raise ProfileError(
            f"The profile {slug} can't be used: it is not one of yours, which are "
            f"{', '.join(mine)}."
        )
    return slug, mine[slug]
