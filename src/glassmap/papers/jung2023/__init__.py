"""Jung, Biroli and Berthier: Predicting dynamic heterogeneity in glass-forming liquids by physics-informed machine
learning, Phys. Rev. Lett. 130, 238202 (2023), with its supplement."""
