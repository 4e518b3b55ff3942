"""The embedded identity provider: Canaille, with users, groups and Lodge as its client."""

from .config import provider_settings, translations
from .directory import IdentityError, Person, apply, list_people
from .people import make_people

__all__ = [
    "IdentityError",
    "Person",
    "apply",
    "list_people",
    "make_people",
    "provider_settings",
    "translations",
]
