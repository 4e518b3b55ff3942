"""What runs wait for before they begin: that other jobs have succeeded for the same time."""
