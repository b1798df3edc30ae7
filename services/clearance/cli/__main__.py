"""`python -m clearance.cli`: the same program, for who starts it without its script."""

from clearance.cli.main import main

main()
