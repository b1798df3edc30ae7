"""The shape of every JSON value on our topics, as pydantic models: the source of `schemas/*.json`.

A model says what a writer may write. A reader passes over what it does not know, so that a field can be added.
"""
