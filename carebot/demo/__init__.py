"""The demonstration: a simulated resident falls, and everything from the camera to the tablet is real."""
