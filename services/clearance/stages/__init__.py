"""What any Faust stage needs: everything but its own fold, its own writes and its own restore.

`batching` is all that touches Faust's private names, `pulse` notices a pause of the process, and `outbox` sends to
other partitions.
"""
