"""The feeder of a rebuild: the base log into the inputs of a later epoch, beside everything that runs; and the move of
the base log into another one, which ends.

`copying` says what is copied and how, `merging` in which order, `last_copy` where a feeder that was killed goes on, and
`feeder` does it; `readiness` tells whether readers may be switched. `moving` copies for a move, `rehashing` says what
comes to lie where, `last_checkpoint` where it goes on; `sealing` ends the old log, and `move_process` tells everybody.
"""
