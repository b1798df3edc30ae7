"""A single window and its customs offices, simulated: whole lives of declarations in the real wire formats.

Everything here but the runner is pure and follows from a seed: `traffic.traffic` gives messages for ever, in the order
of their times, with labels that say what was done wrong on purpose and what must follow. All figures, with their
sources, are in `figures.yaml`; what happens in a life is a line of words in it, and `words.csv` says what the words
mean. `field/*.csv` makes a field of it, in which offices differ and fail: it is fixed, see `world.py`.
"""
