"""The tracker, stage one: it folds `declaration-inputs` and writes what follows.

`app` ties Faust to our parts, `worker` folds and ticks what is `owned`, `writing` keeps the order of writes. `restore`
reads a partition's state back (`status_scan`, `restore_checks`), `recall` single states, `status_log` knows whose
records they are, and `healing` puts right what a paused worker wrote. `failing` ends the process, `counting` feeds
metrics.
"""
