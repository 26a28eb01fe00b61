"""Tables, figures and pages, paper by paper."""
