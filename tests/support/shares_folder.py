"""A Lodge's data folder, in which things are shared, and `lodge shares` for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from lodge_hub.cli import main
from lodge_services.db.engine import Database
from lodge_services.shares.archive.rows import read_rows
from lodge_services.shares.archive.writing import named
from lodge_services.shares.models import LODGE
from lodge_services.shares.service import SharesService
from lodge_services.shares.stores.base import ContentStore
from lodge_services.shares.stores.folder import FolderStore
from lodge_services.shares.stores.s3 import S3Store

from support.s3 import SECRET, S3Server
from support.sharing import PNG


class Place:
    """A Lodge's data folder with its settings, and `lodge shares` for it."""

    def __init__(self, folder: Path, server: S3Server | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.settings = folder / "lodge.toml"
        self.contents: ContentStore
        self.ids: list[str] = []
        folder.mkdir(exist_ok=True)
        (self.data / "shares").mkdir(parents=True, exist_ok=True)
        self.use(server)

    def use(self, server: S3Server | None) -> None:
        """Let the store be in S3, or in the folder."""
        text = f'data_dir = "{self.data}"\n'
        if server is not None:
            place = server.place(self.folder.name)
            (self.folder / "key").write_text(SECRET)
            text += (
                f'[shares]\nstore = "s3://{place.bucket}/{place.prefix}"\n[shares.s3]\n'
                f'endpoint = "{place.endpoint}"\naccess_key = "{place.access_key}"\n'
                f'secret_file = "{self.folder}/key"\n'
            )
            self.contents = S3Store(place)
        else:
            self.contents = FolderStore(self.data / "shares")
        self.settings.write_text(text)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.data}/shares/shares.sqlite"

    @contextmanager
    def service(self) -> Iterator[SharesService]:
        service = SharesService.open(self.url, self.data / "shares", contents=self.contents)
        try:
            yield service
        finally:
            service.close()

    def command(self, *arguments: str | Path) -> list[str]:
        return ["shares", *map(str, arguments), "--config", str(self.settings)]

    def lodge(self, *arguments: str | Path, code: int = 0) -> str:
        done: Result = CliRunner().invoke(main, self.command(*arguments))
        assert done.exit_code == code, done.output
        return done.output

    def all(self) -> dict[str, Any]:
        """Return all rows and all content, by share."""
        database = Database(self.url)
        found = {}
        try:
            with self.service() as service, database.read() as session:
                for share in service.shares.list(LODGE, limit=1000).items:
                    rows = read_rows(session, share.id)
                    contents = [self.contents.get(digest) for _row, _what, digest in named(rows)]
                    found[share.id] = (rows, contents)
        finally:
            database.close()
        return found


def notebook(text: str, picture: bool = False) -> dict[str, Any]:
    outputs = [{"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}}]
    code: dict[str, Any] = {
        "cell_type": "code", "id": "one", "metadata": {}, "source": text,
        "execution_count": None, "outputs": outputs if picture else [],
    }  # fmt: skip
    return {"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
