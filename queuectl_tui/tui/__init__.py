"""The terminal UI: it shows what the store holds and asks the engine for moves; it owns nothing."""
