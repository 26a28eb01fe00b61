"""Particle dynamics: the propensity."""
