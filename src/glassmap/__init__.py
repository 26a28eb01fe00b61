"""glassmap: which structures a neural network finds in a glass.

Plain functions on numpy arrays and torch tensors, one module per quantity of the papers; no
Snakemake, no paths, no globals. The workflow in ``workflow/`` calls them.
"""
