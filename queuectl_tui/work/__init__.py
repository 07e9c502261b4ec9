"""Processes: run a command, the worker loop, the fleet, the rescue."""
