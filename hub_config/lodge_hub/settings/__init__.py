"""Settings: one ``lodge.toml``, typed and validated."""

from .load import SettingsError, load_settings
from .model import Settings

__all__ = ["Settings", "SettingsError", "load_settings"]
