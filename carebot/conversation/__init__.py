"""Sound, words and meaning: the robot hears, understands and answers, offline, with the language model on a leash."""
