"""Workflow support: configuration, study plan, paths, resources, code dependencies, provenance, logging."""
