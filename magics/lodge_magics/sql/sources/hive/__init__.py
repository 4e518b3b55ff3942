"""Hive tables, and all else that a Spark session knows: the source, and results as Arrow."""
