"""Coming back: a backup of all that must not be lost, and its restore onto an empty broker and an empty store.

`owned.csv` says of every topic, table and folder whether a backup holds it; `saving` makes one, `restoring` brings it
back.
"""
