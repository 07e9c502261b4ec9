"""The terminal that the UI runs on: what comes from its keyboard, and what goes down its line."""
