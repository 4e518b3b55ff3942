"""The keys of ``[shares]``: the service of shared notebooks, and where it keeps them."""

from __future__ import annotations

import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from .hosts import is_loopback
from .section import Section

#: As S3 has its buckets; of a prefix what every server and every tool takes.
_STORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\Z")
#: Nothing in it may end a policy's source, or what an attribute or a header has it in.
_TILES = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?::[0-9]{1,5})?/[A-Za-z0-9{}/._~@%?&=+-]+\Z"
)


class S3(Section):
    """The server of a store `s3://…`, and who asks."""

    endpoint: str = Field(
        "",
        description="Address of the server, such as `https://s3.example.com`. Empty: Amazon's of "
        "the region.",
    )
    region: str = Field("us-east-1", min_length=1, description="The region, as the server has it.")
    access_key: str = Field("", description="The access key that Lodge asks by.")
    secret_env: str = Field("", description="Variable that holds its secret key.")
    secret_file: str = Field("", description="File that holds its secret key.")
    allow_plain_http: bool = Field(
        False,
        description="Acknowledges that notebooks cross the network readable by others, where the "
        "endpoint begins with `http://` and is not on this machine.",
    )

    @model_validator(mode="after")
    def _safe(self) -> Self:
        parts = urlsplit(self.endpoint)
        if self.endpoint and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("endpoint must begin with https:// or http://")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("endpoint is an address alone: keys have settings of their own")
        plain = parts.scheme == "http" and not is_loopback(parts.hostname or "")
        if plain and not self.allow_plain_http:
            raise ValueError(
                f"endpoint {self.endpoint} has no TLS: take https://, or acknowledge it with "
                "allow_plain_http = true"
            )
        if self.secret_env and self.secret_file:
            raise ValueError("secret_env and secret_file name the same: one of them")
        return self


class Shares(Section):
    """The service of shared notebooks."""

    database: str = Field(
        "", description="SQLAlchemy URL of its database. Empty: SQLite in the data folder."
    )
    store: str = Field(
        "",
        description="Where notebooks and their pictures are kept: `s3://BUCKET` or "
        "`s3://BUCKET/PREFIX`, with the table `[shares.s3]`. Empty: a folder in the data folder. "
        "What was shared before moves by `lodge shares export` and `import`.",
    )
    s3: S3 = Field(default_factory=lambda: S3())
    secrets: Literal["warn", "refuse"] = Field(
        "warn",
        description="What happens to notebooks in whose sources or outputs keys, tokens or "
        "passwords stand. `warn`: whoever shares is told where. `refuse`: they can't be shared. "
        "Files that are text are looked through too.",
    )
    file_mib: int = Field(
        20,
        ge=0,
        le=512,
        description="MiB that a file may have which comes with a notebook; the service and the "
        "user's server hold one in memory while it is sent.",
    )
    files_mib: int = Field(
        100,
        ge=0,
        le=5_000,
        description="MiB that all files of a version may have. 0: notebooks come without files.",
    )

    tiles: str = Field(
        "",
        description="Address of the tiles of a map, such as "
        "`https://tiles.example.com/{z}/{x}/{y}.png`: what maps in shared notebooks lie on, in "
        "place of the servers that they name. Readers' browsers ask that server, and it alone; it "
        "learns where people look. Empty: maps have no tiles.",
    )

    @field_validator("tiles")
    @classmethod
    def _tiles(cls, tiles: str) -> str:
        found = _TILES.match(tiles)
        if tiles and not (found and all(part in tiles for part in ("{z}", "{x}", "{y}"))):
            raise ValueError(
                "tiles must be an address with {z}, {x} and {y} in its path, such as "
                "https://tiles.example.com/{z}/{x}/{y}.png"
            )
        if found and found["scheme"] == "http" and not is_loopback(found["host"]):
            raise ValueError("tiles must begin with https://: pages that do load nothing else")
        return tiles

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.store:
            if self.s3 != S3():
                raise ValueError('s3 is of no use without a store: set store = "s3://BUCKET"')
            return self
        if not _STORE.match(self.store):
            raise ValueError(
                "store must be s3://BUCKET or s3://BUCKET/PREFIX: a prefix of letters, digits, "
                "'.', '_' and '-', without a slash at its end"
            )
        if not (self.s3.access_key and (self.s3.secret_env or self.s3.secret_file)):
            raise ValueError(
                "a store in S3 needs access_key and secret_env or secret_file in [shares.s3]"
            )
        return self


def store_table(shares: Shares) -> dict[str, Any]:
    """Return where the service keeps notebooks, as it is told; secrets are named, not held."""
    return {"store": shares.store, **shares.s3.model_dump(exclude={"allow_plain_http"})}
