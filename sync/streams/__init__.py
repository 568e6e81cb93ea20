"""How the mirror is kept fresh: which streams there are, how their rows are mapped, and how pages are written."""
