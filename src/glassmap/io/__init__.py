"""Reading, writing and describing result files and samples."""
