"""The service ``shares``: a gallery of notebooks that others read, fork and reproduce."""
