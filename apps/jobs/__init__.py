"""Long work: a job row and its items, claimed, leased, paused, cancelled and resumed."""
