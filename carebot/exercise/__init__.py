"""Counting what somebody does in an exercise, from keypoints."""
