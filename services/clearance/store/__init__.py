"""The store: what readers ask for, derived from the log and the log alone. It can be thrown away and rebuilt.

`schema` says what it holds, `connect` opens it and brings it to the current schema, `writes` is used by the projector
only, `queries` by whoever answers.
"""
