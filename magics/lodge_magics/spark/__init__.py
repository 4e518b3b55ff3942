"""`%%spark`: a Spark session in a notebook, with its options, its start-up and its interrupts."""
