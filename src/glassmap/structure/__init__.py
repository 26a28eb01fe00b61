"""Structure of a configuration: fields, Voronoi cells, order parameters and correlations."""
