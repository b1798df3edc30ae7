"""What is wrong with this installation, and what to do: looked at, never changed.

`checks.csv` holds every check: whom it concerns, which others must have found nothing before it is of any use, how bad
it is, its words. `examining` makes them in that order, each bounded in time; the functions stand in the modules named
`of_…`. A check asks those who start or operate a process wherever they ask the same (`kafka`, `store`, `operations`).
"""
