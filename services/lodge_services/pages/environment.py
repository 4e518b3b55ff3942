"""Jinja2 with Lodge's templates, and the folders of static files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ..clock import Clock, utc_now
from . import chinese
from .pieces import Pieces, gap
from .times import absolute_time, machine_time, relative_time
from .translation import Translator

HERE = Path(__file__).parent


@dataclass
class Pages:
    """Renders pages of one service.

    Parameters
    ----------
    templates
        Folder of the service's own templates; they extend ``base.html``.
    chinese
        The service's own catalogue, English to Chinese.
    static
        Folder of the service's own static files, found beside the common ones.
    clock
        Gives the time that relative times count from.
    """

    templates: Path | None = None
    chinese: Mapping[str, str] = field(default_factory=dict)
    static: Path | None = None
    clock: Clock = utc_now

    @property
    def static_folders(self) -> list[Path]:
        """Folders of static files, the service's own first."""
        own = [self.static] if self.static is not None else []
        return [*own, HERE / "static"]

    @cached_property
    def environment(self) -> jinja2.Environment:
        """The template environment; every variable is escaped."""
        folders = [self.templates] if self.templates is not None else []
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*folders, HERE / "templates"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["machine_time"] = machine_time
        environment.filters["absolute_time"] = absolute_time
        return environment

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    def translator(self, language: str) -> Translator:
        """Return the translator into `language`."""
        if language != "zh":
            return Translator("en", {})
        return Translator("zh", {**chinese.MESSAGES, **self.chinese})

    def find_static(self, name: str) -> Path | None:
        """Return the file of that name in a static folder, or None."""
        for folder in self.static_folders:
            path = (folder / name).resolve()
            if path.is_file() and path.is_relative_to(folder.resolve()):
                return path
        return None

    def static_version(self, name: str) -> str:
        """Return a short digest of a static file's content, for its address.

        Raises
        ------
        FileNotFoundError
            No static folder has the file.
        """
        if name not in self._digests:
            path = self.find_static(name)
            if path is None:
                raise FileNotFoundError(f"No static folder has {name}.")
            self._digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        return self._digests[name]

    def render(self, template: str, translator: Translator, **values: Any) -> str:
        """Return the page that `template` makes of `values`."""
        return self._render(
            template, translator, values, lambda moment: self.since(moment, translator)
        )

    def pieces(self, template: str, translator: Translator, **values: Any) -> Pieces:
        """Return the page that `template` makes of `values`, with the gap ``ago`` for times."""
        page = self._render(
            template, translator, values, lambda moment: gap("ago", moment.isoformat())
        )
        return Pieces.of(page)

    def since(self, moment: datetime, translator: Translator) -> str:
        """Return how long ago `moment` is, in words."""
        return relative_time(moment, self.clock(), translator)

    def _render(
        self,
        template: str,
        translator: Translator,
        values: Mapping[str, Any],
        words: Callable[[datetime], str],
    ) -> str:
        def ago(moment: datetime) -> Markup:
            return Markup('<time datetime="{}" title="{}">{}</time>').format(
                machine_time(moment), absolute_time(moment), words(moment)
            )

        return self.environment.get_template(template).render(
            _=translator, language=translator.language, ago=ago, **values
        )
