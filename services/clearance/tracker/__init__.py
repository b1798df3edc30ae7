"""The tracker, stage one: it folds `declaration-inputs` and writes what follows.

`tracker` says what it does as a stage, with partitions that are `owned`; `preparing` encodes what a batch gave, `clock`
makes time pass. `restore` reads a partition's state back (`status_reading`, `status_scan`, `restore_checks`), `recall`
single states; where they lie a `disk_index` knows, one of an `index_folder`. `status_log` knows whose records they are,
and `healing` puts right what a paused worker wrote. `simulated` tells of messages whose deadlines never fire.
`remedies` says what helps when the fold fails, `counting` feeds metrics, `process` runs it all.
"""
