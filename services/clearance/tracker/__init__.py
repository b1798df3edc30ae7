"""The tracker: a Faust worker that folds `declaration-inputs` and writes what follows.

`app` ties Faust to our parts, `batching` is all that touches Faust's private names, `worker` folds and ticks what is
`owned`, `writing` keeps the order of writes and `outbox` sends to other partitions. `restore` reads a partition's state
back (`found`, `restore_checks`), `recall` single states, `status_log` knows whose records they are, and `healing` puts
right what a paused worker wrote. `pulse` notices a pause, `failing` ends the process, `counting` feeds metrics.
"""
