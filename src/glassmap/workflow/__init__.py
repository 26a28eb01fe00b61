"""What Snakemake needs to know: configuration, paths, resources, code, provenance."""
