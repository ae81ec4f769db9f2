"""What every driver shares: operations and their parameters, the client, errors, redaction, the registry, neutral types."""
