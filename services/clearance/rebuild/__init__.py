"""The feeder of a rebuild: the base log into the inputs of a later epoch, side by side with everything that runs.

`copying` says what is copied and how, `merging` in which order, `last_copy` where a feeder that was killed goes on, and
`feeder` does it; `readiness` tells whether readers may be switched.
"""
