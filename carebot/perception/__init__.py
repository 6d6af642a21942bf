"""Frames in, people out: camera sources, pose models, tracking. Pixels do not leave this room."""
