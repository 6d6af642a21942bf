"""SDF worlds in the embedded simulator: read, resolved, described, and built in MuJoCo.

The way of a file: document (XML with lines) → includes (model://) → scopes (names and frames) → description (frozen
values, world poses) → build (mujoco.MjSpec). What cannot be done is named with its file and line in notes.
"""
