"""Where runs happen. One interface, `Executor`; the local process is the embedded default."""
