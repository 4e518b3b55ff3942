"""Whether an image can be a user's server and Spark's executors: the contract, tried in it."""

from .contract import Wanted, installed_lodge
from .engines import Engine, EngineError, find_engine
from .run import Finding, check_here, check_image, script

__all__ = [
    "Engine",
    "EngineError",
    "Finding",
    "Wanted",
    "check_here",
    "check_image",
    "find_engine",
    "installed_lodge",
    "script",
]
