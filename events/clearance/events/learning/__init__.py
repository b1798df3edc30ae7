"""How long each stay really takes, learned from those that ended and those still running.

The method is explained in docs/learned-expectations.md.
"""
