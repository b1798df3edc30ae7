"""Stage two: what many declarations have in common, learned from their events."""
