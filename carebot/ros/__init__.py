"""The only room that knows ROS: thin nodes around the cores."""
