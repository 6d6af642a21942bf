"""carebot: the software of a service robot that lives with an older person."""

__version__ = "0.1.0"
