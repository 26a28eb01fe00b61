"""Style and particles; the figures themselves belong to their papers."""
