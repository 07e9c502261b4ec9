"""How fast and how small, measured side by side with what everybody has: ratios, never a timed test."""
