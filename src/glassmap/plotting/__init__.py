"""Figure style and particle maps; the figures themselves are in `glassmap.papers`."""
