"""What one configuration says: fields, cells, order parameters and correlations."""
