"""Two captures of one answer: what means the same is the same, and what does not is told with its places."""
