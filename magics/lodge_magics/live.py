"""Small displays of the magics: one line that may be updated while work goes on."""

from __future__ import annotations

import contextvars
import html
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LiveLine", "LiveOutput", "line_html", "notice"]

# Seconds between two updates of the time a phase has taken.
_TICK = 1.0
_STYLE = "font-size:13px;line-height:1.5;color:var(--jp-ui-font-color2,inherit)"


def line_html(text: str, role: str = "status") -> str:
    """Return one quiet line as HTML that needs no style sheet and no script.

    Parameters
    ----------
    text
        The text, not yet escaped.
    role
        The ARIA role; default `status`, a polite live region.
    """
    return f'<div role="{role}" style="{_STYLE}">{html.escape(text)}</div>'


def notice(text: str) -> None:
    """Show one quiet line below the cell.

    Parameters
    ----------
    text
        A sentence.
    """
    from IPython.display import display

    display({"text/html": line_html(text), "text/plain": text}, raw=True)


class LiveOutput:
    """One output below the cell: shown once, from then on updated in place, from any thread."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._lock = threading.Lock()

    @property
    def shown(self) -> bool:
        """Whether there is anything to see yet."""
        return self._handle is not None

    def show(self, text: str, markup: str) -> None:
        """Show something, in place of what was shown before.

        Parameters
        ----------
        text
            For whoever shows no HTML.
        markup
            The same as HTML.
        """
        from IPython.display import display

        bundle = {"text/html": markup, "text/plain": text}
        with self._lock:
            if self._handle is None:
                self._handle = display(bundle, raw=True, display_id=True)
            else:
                self._handle.update(bundle, raw=True)


class LiveLine:
    """One line below the cell that says what goes on, and ends as what came of it.

    Parameters
    ----------
    in_kernel
        Whether the front end can update a display; in a terminal only the last text is shown.
    """

    def __init__(self, in_kernel: bool) -> None:
        self._in_kernel = in_kernel
        self._output = LiveOutput()
        self._text: Callable[[], str] | None = None
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    def show(self, text: Callable[[], str]) -> None:
        """Show a text, and again each second, since it holds the seconds so far.

        Parameters
        ----------
        text
            Called for every update.
        """
        self._text = text
        if not self._in_kernel:
            return
        self._send(text())
        if self._ticker is None:
            context = contextvars.copy_context()
            self._ticker = threading.Thread(
                target=context.run, args=(self._tick,), daemon=True, name="lodge-live-line"
            )
            self._ticker.start()

    def finish(self, text: str) -> None:
        """Show the last text, which stays in the saved notebook.

        Parameters
        ----------
        text
            A sentence.
        """
        self._stop.set()
        if self._ticker is not None:
            self._ticker.join()
        self._send(text)

    def later(self, text: str) -> None:
        """Replace the text once more after `finish`, from any thread.

        Parameters
        ----------
        text
            A sentence.
        """
        if self._in_kernel:
            self._send(text)

    def _tick(self) -> None:
        while not self._stop.wait(_TICK):
            if self._text is not None:
                self._send(self._text())

    def _send(self, text: str) -> None:
        self._output.show(text, line_html(text))
