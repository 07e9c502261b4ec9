"""What the main screens look like, cell by cell: `python -m tests.tui.goldens` writes the files here anew."""
