"""The keys of ``lodge.toml``: types, defaults, meanings. The reference page is made from here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from lodge_spawner.profiles import Profile, is_slug
from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from .alerts import Alerts, Mail
from .hosts import is_loopback
from .kubernetes import Kubernetes
from .section import Section
from .shares import Shares
from .wikis import Wiki

Port = Annotated[int, Field(ge=0, le=65535)]
Share = Annotated[str, StringConstraints(pattern=r"^([0-9]+(\.[0-9]+)?[MGT]|[1-9][0-9]?%)$")]


class Server(Section):
    """Where Lodge listens."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(8000, description="Port to listen on. 0 takes a free one.")
    public_url: str = Field(
        "",
        description="The address under which browsers reach Lodge, such as "
        "`https://lodge.example.org`. Users' servers are below it, such as "
        "`https://ada.lodge.example.org`: that takes a wildcard record and a wildcard certificate. "
        "Empty: `http://lodge.localhost:PORT` on loopback, else made from host and port. Needed "
        "where `host` is a wildcard such as `0.0.0.0`.",
    )
    shared_origin: bool = Field(
        False,
        description="Whether the hub, the services and all users' servers share one origin, where "
        "there can be no wildcard record or certificate. It gives up the wall between users in "
        "the browser: a page that one user's server sends can act as whoever opens it: read their "
        "notebooks, run code in their server, make jobs and tokens as them, with all rights of an "
        "admin who opens it.",
    )
    tls_certificate: str = Field("", description="File with the TLS certificate chain (PEM).")
    tls_key: str = Field("", description="File with the TLS key (PEM).")
    allow_plain_http: bool = Field(
        False,
        description="Acknowledges that passwords and notebooks cross the network readable by "
        "others, where Lodge listens beyond loopback without TLS (behind a proxy that adds it, "
        "for example).",
    )

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key go together")
        if not is_loopback(self.host) and not self.tls_certificate and not self.allow_plain_http:
            raise ValueError(
                f"host {self.host} is reachable from the network and there is no TLS: set "
                "tls_certificate and tls_key, or acknowledge it with allow_plain_http = true"
            )
        if self.host in ("0.0.0.0", "::", "") and not self.public_url:  # noqa: S104
            raise ValueError(f"host {self.host!r} is a wildcard: set public_url as well")
        if self.public_url and urlsplit(self.public_url).scheme not in ("http", "https"):
            raise ValueError("public_url must begin with http:// or https://")
        return self


class Identity(Section):
    """Who signs users in."""

    issuer: str = Field(
        "",
        description="Issuer URL of the company's OpenID Connect provider. Empty: Lodge starts a "
        "provider of its own.",
    )
    port: Port = Field(
        0, description="Port of Lodge's own provider. 0: the server's port + 1, or a free one."
    )
    public_url: str = Field(
        "",
        description="The address under which browsers and the hub reach Lodge's own provider, "
        "where something stands before it. Empty: made from the server's and the port.",
    )
    client_id: str = Field("lodge", description="Lodge's client id at the provider.")
    client_secret_env: str = Field("", description="Variable that holds the client secret.")
    client_secret_file: str = Field("", description="File that holds the client secret.")
    username_claim: str = Field("preferred_username", description="Claim with the user's name.")
    groups_claim: str = Field("groups", description="Claim with the list of the user's groups.")
    scopes: list[str] = Field(
        ["openid", "profile", "email", "groups"], description="Scopes asked for at sign-in."
    )
    admin_groups: list[str] = Field(
        ["lodge-admins"], description="Members of these groups are admins of Lodge."
    )
    allowed_groups: list[str] = Field(
        [], description="Only members of these groups may sign in. Empty: every account may."
    )

    @model_validator(mode="after")
    def _secret(self) -> Self:
        if self.issuer and not (self.client_secret_env or self.client_secret_file):
            raise ValueError(
                "issuer is set: name the client secret by client_secret_env or client_secret_file"
            )
        return self


class Users(Section):
    """The users' Unix accounts."""

    separate: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether each user's processes run under a Unix account of their own. `auto`: "
        "yes as root, else no.",
    )
    first_uid: int = Field(20000, ge=1000, description="First user id that is handed out.")
    last_uid: int = Field(29999, ge=1000, description="Last user id that is handed out.")
    memory: Share = Field(
        "75%",
        description="The most memory that the processes of one user get together, as a size such "
        "as `8G` or as a share of the machine's. What asks for more is ended. This and the limits "
        "below hold where Lodge runs as root and the machine has control groups.",
    )
    platform_memory: Share = Field(
        "10%",
        description="Memory that users' processes leave to Lodge itself, all of them together.",
    )
    processes: int = Field(
        4096, ge=256, description="The most processes and threads of one user at a time."
    )
    temporary_dir: str = Field(
        "",
        description="Folder in which Lodge makes one of its own for temporary files, a closed one "
        "for each server and run: what Spark shuffles, and caches beyond memory, needs room "
        "there. Empty: `tmp` in the data folder.",
    )


class Spark(Section):
    """The users' Spark sessions."""

    master: str = Field("local[*]", description="Spark's master.")
    home: str = Field("", description="SPARK_HOME. Empty: the installed pyspark package.")
    java_home: str = Field("", description="JAVA_HOME. Empty: the `java` that is found.")
    properties: dict[str, str] = Field(
        {}, description="Further Spark properties of every session, readable by every user."
    )
    limits: dict[str, str] = Field(
        {},
        description="The most that `%%spark` may ask for, by Spark's setting: a number or a size "
        'with its unit, such as `"spark.executor.memory" = "8g"`.',
    )


class Hive(Section):
    """Hive tables."""

    metastore: str = Field(
        "",
        description="Address of the company's metastore service, `thrift://host:port`. Empty: "
        "Lodge starts one of its own.",
    )
    warehouse: str = Field(
        "", description="Folder of managed tables, as a URI. Empty: below the data folder."
    )


class Source(Section):
    """A SQL source that notebooks can query."""

    type: Literal["duckdb", "sqlite", "mysql", "postgres", "sqlalchemy", "hive", "kylin"] = Field(
        description="Kind of database."
    )
    description: str = Field("", description="What is in it, shown to users.")
    path: str = Field("", description="File of a DuckDB or SQLite database.")
    read_only: bool | None = Field(
        None,
        description="Whether nothing may be written. Unset: true for files, false for servers.",
    )
    url: str = Field(
        "",
        description="URL of a database for SQLAlchemy, without a password, such as "
        "`trino://analyst@trino:443/hive`; or address of a Kylin, such as "
        "`https://kylin.example.com/kylin`, in place of host and port.",
    )
    host: str = Field("", description="Host of a database server.")
    port: Port | None = Field(
        None, description="Port of a database server. Unset: that of its kind: 3306, 5432, 7070."
    )
    database: str = Field("", description="Database on the server.")
    project: str = Field("", description="Project of a Kylin.")
    user: str = Field("", description="User at the database server.")
    password_env: str = Field("", description="Variable that holds the password.")
    password_file: str = Field("", description="File that holds the password.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "duckdb": ["path"],
            "sqlite": ["path"],
            "mysql": ["host", "user"],
            "postgres": ["host", "user"],
            "sqlalchemy": ["url"],
            "hive": [],
            "kylin": ["user", "project", *([] if self.url else ["host"])],
        }
        missing = [name for name in needed[self.type] if not getattr(self, name)]
        if missing:
            raise ValueError(f"a source of type {self.type} needs {' and '.join(missing)}")
        if urlsplit(self.url).password is not None:
            raise ValueError("the url holds a password: name it in password_env or password_file")
        return self

    @model_serializer(mode="wrap")
    def _told(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Those who read it take false where nothing is said.
        told: dict[str, Any] = serialize(self)
        if self.read_only is None and self.type in ("duckdb", "sqlite"):
            told["read_only"] = True
        return told


class Hub(Section):
    """The hub."""

    database: str = Field(
        "", description="SQLAlchemy URL of its database. Empty: SQLite in the data folder."
    )
    database_file: str = Field(
        "", description="File that holds the URL in its place, where it has a password."
    )
    admins_enter_servers: bool = Field(
        False,
        description="Whether admins may open users' servers, with their files and what runs there, "
        "and make tokens in their names. Users are told so on their home page, and each time is in "
        "the hub's log.",
    )
    token_days: int = Field(
        365,
        ge=0,
        description="Days after which a token ends that a user made for scripts: the most that may "
        "be asked for, and what holds where nothing is. 0: never.",
    )


class Schedules(Section):
    """The service of scheduled notebooks."""

    database: str = Field(
        "", description="SQLAlchemy URL of its database. Empty: SQLite in the data folder."
    )
    max_runs: int = Field(2, ge=1, description="How many runs may go on at once.")
    keep_runs: int = Field(100, ge=1, description="How many runs of each job are kept.")


class Samples(Section):
    """The sample data."""

    flights: bool = Field(
        True, description="Whether the source `flights` and its Hive tables are made."
    )


class Settings(Section):
    """All of ``lodge.toml``."""

    data_dir: str = Field(
        "",
        description="Folder of everything that Lodge keeps. Empty: `/var/lib/lodge` as root, else "
        "`~/.local/share/lodge`.",
    )
    default_source: str = Field(
        "", description="The source that `%%sql` takes unless told. Empty: `flights`, or the first."
    )
    server: Server = Field(default_factory=lambda: Server())
    hub: Hub = Field(default_factory=lambda: Hub())
    identity: Identity = Field(default_factory=lambda: Identity())
    users: Users = Field(default_factory=lambda: Users())
    spark: Spark = Field(default_factory=lambda: Spark())
    hive: Hive = Field(default_factory=lambda: Hive())
    sources: dict[str, Source] = Field(
        default_factory=dict, description="SQL sources, a table each: `[sources.NAME]`."
    )
    shares: Shares = Field(default_factory=lambda: Shares())
    wikis: dict[str, Wiki] = Field(
        default_factory=dict,
        description="Wikis that shares are published to, a table each: `[wikis.NAME]`.",
    )
    schedules: Schedules = Field(default_factory=lambda: Schedules())
    mail: Mail = Field(default_factory=lambda: Mail())
    alerts: Alerts = Field(default_factory=lambda: Alerts())
    samples: Samples = Field(default_factory=lambda: Samples())
    kubernetes: Kubernetes | None = Field(
        None, description="Users' servers on Kubernetes. Unset: Lodge runs on one machine."
    )
    profiles: dict[str, Profile] = Field(
        default_factory=dict,
        description="What users' servers may be on Kubernetes, a table each: `[profiles.NAME]`.",
    )

    @model_validator(mode="after")
    def _known_default(self) -> Self:
        names = {*self.sources, "hive", *(["flights"] if self.samples.flights else [])}
        if self.default_source and self.default_source not in names:
            raise ValueError(
                f"default_source {self.default_source!r} is none of {', '.join(sorted(names))}"
            )
        return self

    @model_validator(mode="after")
    def _wikis_named(self) -> Self:
        for name in self.wikis:
            if not is_slug(name):
                raise ValueError(
                    f"the wiki {name!r} can't be called so: lower-case letters, digits and hyphens"
                )
        return self

    @model_validator(mode="after")
    def _profiles_known(self) -> Self:
        if self.profiles and self.kubernetes is None:
            raise ValueError("profiles are for servers on Kubernetes: there is no [kubernetes]")
        if self.kubernetes is not None and not self.profiles:
            raise ValueError("servers on Kubernetes need at least one table [profiles.NAME]")
        for slug, profile in self.profiles.items():
            if not is_slug(slug):
                raise ValueError(
                    f"the profile {slug!r} can't be called so: lower-case letters, digits and "
                    "hyphens"
                )
            unknown = set(profile.sources or []) - {*self.sources, "hive", "flights"}
            if unknown:
                raise ValueError(f"profiles.{slug}.sources: there is no source {min(unknown)}")
        return self

    def data_folder(self, *, root: bool) -> Path:
        """Return the data folder, absolute."""
        if self.data_dir:
            return Path(self.data_dir).expanduser().absolute()
        if root:
            return Path("/var/lib/lodge")
        return Path("~/.local/share/lodge").expanduser()
