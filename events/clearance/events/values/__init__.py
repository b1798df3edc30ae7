"""The ground floor: times, and the ways in which a message is refused and a bug named."""
