"""Readers of what a user brings: volumes, label maps, landmarks, meshes, radiographs.

Everything is checked before and after the library that decodes it, and arrives in the same frame:
LPS millimetres. `synthex_gui.io.child.pool` runs any reader in a child process.
"""
