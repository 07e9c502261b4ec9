"""What a run printed, read by windows: pieces to lines, lines to text, and the thread that reads them."""
