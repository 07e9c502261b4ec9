"""Every SQL statement and every change of state."""
