"""Alerts to webhooks: what they are sent, how it is signed, and where they may be."""
