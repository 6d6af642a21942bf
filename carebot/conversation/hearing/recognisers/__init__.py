"""What turns a turn of sound into words: one Protocol, several recognisers behind it."""
