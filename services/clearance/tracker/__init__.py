"""The tracker: a Faust worker that folds `declaration-inputs` and writes what follows.

`app` ties Faust to our parts, `batching` is all that touches Faust's private names, `restore` reads a partition's state
back, `writing` keeps the order of writes, `ticking` writes clocks and progress, `counting` feeds the metrics.
"""
