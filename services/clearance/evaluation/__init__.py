"""What was raised in a simulated field, held against its truth: the one room that knows the rules and the answer."""
