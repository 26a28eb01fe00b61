"""Classifiers of thermodynamic states and their attribution maps."""
