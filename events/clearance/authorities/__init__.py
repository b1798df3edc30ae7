"""The authorities that ship: one package each, found by its entry point. Nothing else names them."""
