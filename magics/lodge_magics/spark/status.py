"""What `%spark status` shows."""

from __future__ import annotations

import html

__all__ = ["show_status", "status_html", "status_text"]


def status_html(lines: list[tuple[str, str]]) -> str:
    """Return labels and values as a table without script or style sheet.

    Parameters
    ----------
    lines
        Label and value.
    """
    left = "text-align:left;padding:2px 16px 2px 0;vertical-align:top"
    rows = "".join(
        f'<tr><th scope="row" style="{left};font-weight:600">{html.escape(label)}</th>'
        f'<td style="{left}">{_value(value)}</td></tr>'
        for label, value in lines
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _value(value: str) -> str:
    escaped = html.escape(value)
    if value.startswith(("http://", "https://", "/user/")) and " " not in value:
        return f'<a href="{escaped}" target="_blank" rel="noopener">{escaped}</a>'
    return escaped


def status_text(lines: list[tuple[str, str]]) -> str:
    """Return labels and values as aligned text.

    Parameters
    ----------
    lines
        Label and value.
    """
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)


def show_status(lines: list[tuple[str, str]]) -> None:
    """Show labels and values below the cell.

    Parameters
    ----------
    lines
        Label and value.
    """
    from IPython.display import display

    display({"text/html": status_html(lines), "text/plain": status_text(lines)}, raw=True)
