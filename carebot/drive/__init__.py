"""Twists to wheel speeds and back, odometry, limits, and the rules about when wheels may turn. No I/O, no clock."""
