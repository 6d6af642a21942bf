"""How the posture network is made: motions from the simulator, views of them, and training."""
