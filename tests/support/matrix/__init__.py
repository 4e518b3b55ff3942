"""Every type of every SQL source, with values at its edges, by every path of `%%sql`."""
