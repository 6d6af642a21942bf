"""Words to sound: voices, the order in which things are said, and where the sound goes."""
