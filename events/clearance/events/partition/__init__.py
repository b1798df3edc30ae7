"""One partition of the log folded: the states in memory, batches, and a replay of recordings."""
