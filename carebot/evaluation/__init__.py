"""How well falls are found in recordings that somebody has labelled."""
