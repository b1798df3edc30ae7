"""Inputs in files: what the log held, partition by partition, so that it may be purged there and still be folded."""
