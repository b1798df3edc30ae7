"""The one log: what its records hold, how they are written and read, how far it has been folded."""
