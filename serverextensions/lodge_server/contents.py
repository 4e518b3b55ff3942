"""The user's notebooks through Jupyter's contents manager, sync or async."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from .errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_server.services.contents.manager import ContentsManager
    from nbformat import NotebookNode


class ContentsNotebooks:
    """Reads and writes notebooks where the contents manager lets the user read and write."""

    def __init__(self, contents: ContentsManager) -> None:
        self._contents = contents

    async def read(self, path: str) -> NotebookNode:
        """Return the notebook at `path`; see `lodge_server.notebooks.Notebooks.read`."""
        path = path.strip("/")
        missing = NotFound("no_notebook", f"There is no notebook at {path}; save it and try again.")
        if not path:
            raise BadInput("no_path", "Which notebook is meant? The path is empty.")
        try:
            model = await ensure_async(self._contents.get(path, type="notebook", content=True))
        except HTTPError as error:
            if error.status_code == 404:
                raise missing from None
            raise BadInput(
                "no_notebook", f"{path} is not a notebook that this server can read."
            ) from None
        return nbformat.from_dict(model["content"])

    def root(self) -> Path | None:
        """Return the folder of the user's files; None where they are no files on this disk."""
        folder = getattr(self._contents, "root_dir", None)
        path = Path(folder) if folder else None
        return path if path is not None and path.is_dir() else None

    async def write_new(self, path: str, notebook: Mapping[str, Any]) -> str:
        """Write a notebook, never over a file; see `lodge_server.notebooks.Notebooks.write_new`."""
        folder, _, name = path.strip("/").rpartition("/")
        try:
            if folder and not await ensure_async(self._contents.dir_exists(folder)):
                await ensure_async(self._contents.save({"type": "directory"}, folder))
            free = await ensure_async(self._contents.increment_filename(name, folder, insert="-"))
            target = f"{folder}/{free}" if folder else free
            model = {"type": "notebook", "format": "json", "content": nbformat.from_dict(notebook)}
            await ensure_async(self._contents.save(model, target))
        except HTTPError as error:
            detail = error.log_message or error.reason or "the server refused"
            raise BadInput(
                "not_written",
                f"The notebook could not be written to {folder or 'your files'}: {detail}",
            ) from None
        return target
