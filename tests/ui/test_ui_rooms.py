"""Presenters are tested without a window; this keeps it possible."""

import subprocess
import sys


def test_presenters_need_neither_vtk_nor_a_view_of_their_own():
    code = (
        "import sys, importlib, pkgutil, synthex_gui.ui.presenters as room\n"
        "for item in pkgutil.iter_modules(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(item.name)\n"
        "bad = [n for n in sys.modules if n.split('.')[0] in ('vtk', 'vtkmodules', 'pyvista')\n"
        "       or n.startswith('synthex_gui.ui.')\n"
        "       and n.split('.')[2] in ('window', 'view3d', 'panels', 'dialogs')]\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
