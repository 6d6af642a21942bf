"""Care at work in a simulated home: the real routines, schedule, alerts and calls, in the simulation's time."""
