"""Result files: written, read and described, and the samples in them."""
