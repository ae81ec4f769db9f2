"""Changes that are previewed before they are sent, and intents that spend at most once."""
