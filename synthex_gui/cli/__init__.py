"""The commands ``synthex`` (no Qt) and ``synthex-gui``."""
