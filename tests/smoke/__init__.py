"""A smoke run from outside: `make demo`, a sign-in over plain HTTP, the main job, Ctrl-C, and a second start."""
