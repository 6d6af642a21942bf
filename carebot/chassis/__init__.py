"""The drive core and a motor controller put together as a robot file says: what a node, a command and a test drive."""
