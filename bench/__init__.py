"""Side-by-side benchmarks of Lodge against its peers: ``python -m bench``."""
