"""Where a declaration stands: the fold over its receipts, and what is shown of it."""
