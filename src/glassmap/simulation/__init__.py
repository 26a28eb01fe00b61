"""Molecular dynamics by LAMMPS: cooling, energy minima, isoconfigurational runs, and what keeps long ones alive."""
