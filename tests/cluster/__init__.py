"""A real Kubernetes on one machine, and the tests on it."""
