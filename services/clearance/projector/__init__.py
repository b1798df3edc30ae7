"""The projector: applies events, states and progress of the log to the store that readers ask."""
