"""Which system libraries Qt and OpenGL need here, which are missing, and how to install them."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

# Shared library -> Debian package; the other distributions' packages carry several at once.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libOpenGL.so.0": "libopengl0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libgomp.so.1": "libgomp1",
    "libXrender.so.1": "libxrender1",
}
# The C++ compiler runs the CUDA kernels on the CPU.
TEST_PROGRAMS = {"Xvfb": "xvfb", "xauth": "xauth", "g++": "g++"}
# PyInstaller looks with it for the libraries that a library needs.
BUNDLE_PROGRAMS = {"objdump": "binutils"}
# Mesa's software renderer is opened at run time by a name that differs between versions.
SOFTWARE_OPENGL = "libgl1-mesa-dri"
OTHERS = {
    "dnf": "dnf install mesa-libGL mesa-libEGL mesa-dri-drivers xcb-util-cursor xcb-util-wm "
    "xcb-util-image xcb-util-keysyms xcb-util-renderutil libxkbcommon-x11 dbus-libs fontconfig",
    "pacman": "pacman -S mesa libglvnd xcb-util-cursor xcb-util-wm xcb-util-image "
    "xcb-util-keysyms xcb-util-renderutil libxkbcommon-x11 dbus fontconfig",
    "zypper": "zypper install Mesa-libGL1 Mesa-libEGL1 Mesa-dri libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxkbcommon-x11-0 libdbus-1-3",
}


def missing_packages(for_tests: bool, for_bundle: bool = False) -> list[str]:
    """Debian names of what this Linux lacks; empty elsewhere."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if for_tests:
        missing += [name for tool, name in TEST_PROGRAMS.items() if shutil.which(tool) is None]
        if not _has_software_opengl():
            missing.append(SOFTWARE_OPENGL)
    if for_bundle:
        missing += [name for tool, name in BUNDLE_PROGRAMS.items() if shutil.which(tool) is None]
    return missing


def install(packages: list[str]) -> str | None:
    """Install with apt as root; otherwise (or if that fails) the command a person must run."""
    if shutil.which("apt-get"):
        names = " ".join(packages)
        if os.geteuid() != 0:
            return f"sudo apt-get update && sudo apt-get install -y {names}"
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                return f"apt-get update && apt-get install -y {names}"
        return None
    for manager, command_line in OTHERS.items():
        if shutil.which(manager):
            return f"sudo {command_line}"
    return f"install, with this system's package manager, what Debian calls {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_software_opengl() -> bool:
    for folder in ("/usr/lib", "/usr/lib64"):
        for where, _, names in os.walk(folder):
            depth = where.count(os.sep)
            if depth <= 5 and any("swrast" in n or n.startswith("libgallium") for n in names):
                return True
    return False
