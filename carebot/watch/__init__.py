"""The main job without ROS: frames in, falls out, and what a person wants to look at afterwards."""
