"""Facts and rules of the queue, pure: no files, no processes, no database."""
