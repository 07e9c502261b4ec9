"""All that writes a job's state: the only place where a job changes state."""
