"""Where pictures come from: everything that blocks on a file, a camera or a network stays in this room."""
