"""The append-only log of what was done, and the proof that nobody edited it."""
