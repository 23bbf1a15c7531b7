"""A short message over the window that goes by itself, with at most one action."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from synthex_gui.ui.style import theme

SHOWN_MS = 6000
WIDTH = 420


class Toast(QFrame):
    """Stands at the lower right of its parent; the newest message replaces the last."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._button.setProperty("link", True)
        self._action: Callable[[], None] | None = None
        self._button.clicked.connect(self._run)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def show_message(
        self,
        text: str,
        kind: str = "note",
        action: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """`kind`: note, warning or refusal; longer texts stay longer."""
        t = theme.current()
        edge = {"warning": t.beam, "refusal": t.refusal}.get(kind, t.accent)
        self.setStyleSheet(
            f"Toast {{ background: {t.raised}; border: 1px solid {t.hairline};"
            f" border-left: 3px solid {edge}; border-radius: 6px; }}"
        )
        self._text.setText(text)
        self._action = None if action is None else action[1]
        self._button.setText("" if action is None else action[0])
        self._button.setVisible(action is not None)
        width = min(WIDTH, self._host.width() - 40)
        rows = self.layout()
        assert rows is not None
        rows.activate()
        # adjustSize would bound the height of a long text by a share of the screen's.
        self.setFixedSize(width, rows.totalHeightForWidth(width))
        self._place()
        self.show()
        self.raise_()
        self._timer.start(SHOWN_MS + 40 * len(text))

    @property
    def text(self) -> str:
        """What was said last."""
        return self._text.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def mousePressEvent(self, event: object) -> None:
        self.hide()

    def _place(self) -> None:
        parent = self._host
        self.move(parent.width() - self.width() - 16, parent.height() - self.height() - 44)

    def _run(self) -> None:
        if self._action is not None:
            self._action()
        self.hide()
