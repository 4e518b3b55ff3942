"""Files that come with the versions of a share."""
