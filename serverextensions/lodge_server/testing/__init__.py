"""A hub service for tests and for trying the plugins: speaks the contract, keeps all in memory.

``python -m lodge_server.testing`` serves it on a port of its own, with runs that take some seconds.
"""

from .service import FakeService

__all__ = ["FakeService"]
