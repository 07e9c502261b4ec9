"""A durable queue for shell commands, with a terminal for a face."""

__version__ = "0.1.0"
