"""The language model on a leash: what it says is checked before it is spoken, what it asks for is asked back first."""
