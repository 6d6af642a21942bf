"""Pose models of several families behind one Protocol."""
