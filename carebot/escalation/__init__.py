"""Who is told of an emergency, by what, and who then: it goes on until a named person answers."""
