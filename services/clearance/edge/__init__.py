"""The edge: what arrives, as bytes or as files, becomes records of `declaration-inputs`, or a dead letter."""
