"""The embedded simulator: a room, a resident, and the robot's camera."""
