"""What counts as an interrupt of the user."""

from __future__ import annotations

from lodge_magics.errors import InterruptedCellError
from lodge_magics.spark.cells import _by_interrupt
from py4j.protocol import Py4JNetworkError


def raised(before: BaseException, error: BaseException) -> BaseException:
    """Return an error that was raised while another was handled."""
    try:
        try:
            raise before
        except BaseException:
            raise error  # noqa: B904
    except BaseException as caught:
        return caught


def test_an_interrupt_is_known_by_whatever_py4j_makes_of_it() -> None:
    assert _by_interrupt(KeyboardInterrupt())
    assert _by_interrupt(InterruptedCellError("Interrupted."))
    assert _by_interrupt(raised(KeyboardInterrupt(), Py4JNetworkError("while sending")))
    assert not _by_interrupt(raised(ValueError(), Py4JNetworkError("gone")))
    assert not _by_interrupt(None)


def test_a_circle_of_causes_ends() -> None:
    error = ValueError()
    other = KeyError()
    error.__cause__, other.__cause__ = other, error
    assert not _by_interrupt(error)
