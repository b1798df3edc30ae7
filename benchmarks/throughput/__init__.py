"""How many inputs a second: the same log folded by several programs in turn, on one broker. See docs/benchmarks.md."""
