"""Structure against dynamics: correlations, lengths, comparisons."""
