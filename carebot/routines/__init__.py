"""What a caregiver can ask for and what happens by itself: behaviour trees, their files, and the schedule."""
