"""A vendor system we are connected to: its URL, encrypted credentials, health and operation console."""
