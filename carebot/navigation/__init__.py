"""How the robot goes somewhere: map, planner, path follower, localisation."""
