"""The tracker: a Faust worker that folds `declaration-inputs` and writes what follows.

`app` ties Faust to our parts, `batching` is all that touches Faust's private names, `restore` reads a partition's state
back, `worker` folds and ticks, `writing` keeps the order of writes, `pulse` notices a pause, `counting` feeds metrics.
"""
