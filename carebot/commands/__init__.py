"""The `carebot` command, one file for each subcommand; heavy imports wait until a command runs."""
