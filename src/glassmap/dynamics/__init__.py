"""Where particles go."""
