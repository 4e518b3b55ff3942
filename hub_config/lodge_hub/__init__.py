"""The lodge command and the hub's configuration."""
