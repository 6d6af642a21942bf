"""Which node runs in which process, and who starts it again when it dies."""
