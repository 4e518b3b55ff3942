"""JupyterLab plugins of Lodge, prebuilt."""
