"""Long work on the audit log: exports of what a filter shows, and what is done for the log each day."""
