"""The REST API of the files that come with versions."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, Field

from ...web.auth import scoped
from ...web.operations import operation
from ..files.models import MOST
from ..files.rows import check_size
from .shares import READ, WRITE, ServiceMixin, SharesApiHandler, version_number
from .wire import Digest, FileModel, Strict

BYTES = "application/octet-stream"


class LimitsModel(BaseModel):
    """How large the files of a version may be."""

    each: Annotated[int, Field(description="Bytes of a file.")]
    all: Annotated[int, Field(description="Bytes of all files of a version.")]
    most: Annotated[int, Field(description="Files of a version.")]


class AskedFiles(Strict):
    """Files that are going to be shared."""

    digests: Annotated[list[Digest], Field(max_length=MOST)]
    share: Annotated[
        str, Field(max_length=12, description="That gets a new version, if it is there.")
    ] = ""


class WantedFiles(BaseModel):
    """Files whose bytes have to be sent first."""

    wanted: Annotated[list[str], Field(description="Their digests.")]


class FileList(BaseModel):
    """The files of a version, by name."""

    items: list[FileModel]
    next_cursor: str | None = None


class FilesHandler(SharesApiHandler):
    """Files that are going to be shared."""

    @scoped(WRITE)
    @operation("Read how large files may be", returns=LimitsModel)
    async def get(self) -> LimitsModel:
        """Answer the limits."""
        limits = self.service.files.limits
        return LimitsModel(each=limits.each, all=limits.all, most=MOST)

    @scoped(WRITE)
    @operation(
        "Ask which files have to be sent", body=AskedFiles, returns=WantedFiles, errors=(404,)
    )
    async def post(self, body: AskedFiles) -> WantedFiles:
        """Answer those whose bytes Lodge does not have from the one who asks."""
        found = await self.call(self.service.files.wanted, self.actor, body.digests, body.share)
        return WantedFiles(wanted=found)


class FileHandler(SharesApiHandler):
    """The bytes of a file that is going to be shared."""

    def _check(self, length: int) -> None:
        check_size(length, self.service.files.limits)

    @scoped(WRITE)
    @operation("Send a file that is going to be shared within 20 minutes", status=204)
    async def put(self, digest: str) -> None:
        """Answer nothing; bytes that are there already are kept once."""
        await self.call_slow(self.service.files.take, self.actor, digest, self.request.body)


class VersionFilesHandler(SharesApiHandler):
    """The files of a version."""

    @scoped(READ)
    @operation("List the files of a version", returns=FileList, errors=(404,))
    async def get(self, share_id: str, number: str) -> FileList:
        """Answer their names, digests and sizes."""
        wanted = version_number(number)
        files = await self.call(self.service.files.of, self.actor, share_id, wanted)
        return FileList(items=[FileModel.of(file) for file in files])


class VersionFileHandler(SharesApiHandler):
    """A file of a version."""

    @scoped(READ)
    @operation("Read a file of a version", media_type=BYTES, errors=(404, 410))
    async def get(self, share_id: str, number: str, name: str) -> bytes:
        """Answer its bytes, to be saved."""
        return await send_file(self, share_id, number, name)


async def send_file(handler: ServiceMixin, share_id: str, number: str, name: str) -> bytes:
    """Return the bytes of a file, once the answer says that they are never shown on this origin."""
    content = await handler.call(
        handler.service.files.content, handler.actor, share_id, version_number(number), name
    )
    last = quote(name.rpartition("/")[2])
    handler.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{last}")
    handler.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
    handler.set_header("Cache-Control", "private, no-cache")
    return content
