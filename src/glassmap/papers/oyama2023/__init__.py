"""Oyama, Koyama and Kawasaki, Front. Phys. 10, 1007861 (2023), and its arXiv version 2.

A function named after a rule takes the rule's named inputs and parameters as ``files`` and ``params`` and returns its
table, figure or page. They are grouped by subject in the modules ``tables_*`` and ``figures_*``.
"""
