"""What the portal can do a second, measured against the least that the same work costs. `make bench` runs it.

A benchmark is a module with `measure(size) -> Iterator[Figure]`, listed in `__main__`. Whatever serves it runs in a
process of its own. Sides that are compared take turns, and the median of their rounds counts.
"""
