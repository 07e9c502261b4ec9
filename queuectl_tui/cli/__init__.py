"""The command line: reads records, asks for moves."""
