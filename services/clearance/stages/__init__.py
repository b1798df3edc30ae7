"""What any Faust stage needs: everything but its own fold, its own writes and its own restore.

A stage says what it is in a subclass of `stage`, or of `keyed` if all of its state is a record for each key. `app` ties
it to Faust, `process` runs it, `batching` is all that touches Faust's private names. `ownership` knows which partitions
a worker owns, `worker` hands them their batches and ticks, `turns` lets one fold at a time. `writing` keeps the order
of writes, `outbox` sends to other partitions, `pulse` notices a pause, `skew` a clock that is off, `fail_stop` ends the
process, `log_checks` knows whether a stage may go on where it was.
"""
