"""The site file: where the robot lives, who lives there, and what it may do where."""
