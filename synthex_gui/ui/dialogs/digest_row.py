"""The digest of a finished data set, to be noted where the data set is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from synthex_gui.ui.widgets.forms import link_button


class DigestRow(QWidget):
    """Hidden without a digest; its text can be selected, and copied by a button."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QLabel()
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = link_button("Copy digest", "For synthex verify --digest, at any later time")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text.text()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("Digest of the data set"))
        row.addWidget(self._text)
        row.addWidget(copy)
        row.addStretch(1)
        self.hide()

    def show_digest(self, digest: str) -> None:
        """64 hexadecimal digits, or empty."""
        self._text.setText(digest)
        self.setVisible(bool(digest))
