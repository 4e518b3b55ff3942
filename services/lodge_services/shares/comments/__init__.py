"""What people say about shares, whom that concerns, and what they like."""
