"""Oyama, Koyama and Kawasaki, Front. Phys. 10, 1007861 (2023), and its arXiv version 2."""
