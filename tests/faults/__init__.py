"""The machinery with something broken on purpose: real processes, real kills, and what must hold after each."""
