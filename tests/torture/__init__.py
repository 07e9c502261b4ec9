"""Crash safety, tried from outside: command line and signals only, with a ledger that the jobs keep themselves."""
