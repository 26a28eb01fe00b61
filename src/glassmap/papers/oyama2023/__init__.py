"""Oyama, Koyama and Kawasaki, Front. Phys. 10, 1007861 (2023), and its arXiv version 2.

A function with the name of a rule takes ``files`` and ``params``, what the rule names among its inputs and parameters,
and returns its table, figure or page. ``tables_*`` and ``figures_*`` hold them by subject.
"""
