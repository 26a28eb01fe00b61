"""Configurations that users bring: read frame by frame, checked, and turned into samples."""
