"""MySQL and MariaDB: their source, and large results as columns off the wire."""
