"""Sound into words: blocks of sound, voice in them, turns, and what recognisers make of a turn."""
