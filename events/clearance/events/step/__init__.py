"""One input folded into one declaration: its state, events and sends."""
