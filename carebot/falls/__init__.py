"""People over time in, falls out, each with its reason."""
