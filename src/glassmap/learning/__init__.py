"""Networks that tell states apart, and maps of their reasons."""
