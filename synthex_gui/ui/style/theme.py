"""The two themes: colours by role, the Qt palette and the one style sheet made from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from synthex_gui.core.resources import resource

Choice = Literal["dark", "light", "system"]


@dataclass(frozen=True)
class Theme:
    """Colours by what they mean; 3D colours at the end."""

    name: str
    window: str
    panel: str
    raised: str
    hairline: str
    text: str
    secondary: str
    accent: str
    on_accent: str
    selection: str
    beam: str
    refusal: str
    room_low: str
    room_high: str
    image_background: str = "#000000"
    bone: str = "#e8dcc3"
    arm: str = "#d5dbe1"
    table: str = "#39424d"


DARK = Theme(
    name="dark",
    window="#14181d",
    panel="#1b2027",
    raised="#232a33",
    hairline="#2e3640",
    text="#dfe5ec",
    secondary="#8e9aa8",
    accent="#4db6e8",
    on_accent="#07202d",
    selection="#203342",
    beam="#f5c542",
    refusal="#ff6b5e",
    room_low="#12161b",
    room_high="#232b35",
)
LIGHT = Theme(
    name="light",
    window="#f3f5f7",
    panel="#ffffff",
    raised="#e9edf1",
    hairline="#d5dbe1",
    text="#1b232c",
    secondary="#5b6774",
    accent="#0b7bb5",
    on_accent="#ffffff",
    selection="#dceefa",
    beam="#9a6b00",
    refusal="#c2362b",
    room_low="#dfe5ec",
    room_high="#f6f8fa",
)
# Annotations lie on black in either theme.
ON_IMAGE = DARK
_current = DARK


def current() -> Theme:
    """The theme in use."""
    return _current


def resolve(choice: Choice) -> Theme:
    """The theme a choice stands for now; ``system`` follows the desktop."""
    if choice == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return LIGHT if scheme == Qt.ColorScheme.Light else DARK
    return LIGHT if choice == "light" else DARK


def apply(application: QApplication, choice: Choice) -> Theme:
    """Give the whole application this theme."""
    theme = choose(application, choice)
    apply_sheet(application)
    return theme


def choose(application: QApplication, choice: Choice) -> Theme:
    """The first half of `apply`: style, font and palette."""
    global _current
    _current = resolve(choice)
    # Once: setting a style anew polishes every widget, and so does the sheet.
    if not application.property("isStyled"):
        application.setStyle("Fusion")
        application.setProperty("isStyled", True)
    application.setFont(body_font())
    application.setPalette(_palette(_current))
    return _current


def apply_sheet(application: QApplication) -> None:
    """The second half: the style sheet, which polishes every widget (0.2 s)."""
    application.setStyleSheet(_style_sheet(_current))


def body_font(pixels: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The interface's sans, figures tabular where the font has them."""
    families = set(QFontDatabase.families())
    wanted = ("Inter", "Inter Variable", "SF Pro Text", "Segoe UI", "Noto Sans", "DejaVu Sans")
    family = next((name for name in wanted if name in families), QFont().family())
    font = QFont(family)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: theme.panel,
        role.Base: theme.window,
        role.AlternateBase: theme.raised,
        role.Button: theme.raised,
        role.ToolTipBase: theme.raised,
        role.Text: theme.text,
        role.WindowText: theme.text,
        role.ButtonText: theme.text,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.secondary,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Link: theme.accent,
        role.Accent: theme.accent,
        role.Mid: theme.hairline,
        role.Midlight: theme.raised,
        role.Dark: theme.window,
        role.Shadow: theme.window,
        role.Light: theme.raised,
    }
    for which, color in pairs.items():
        palette.setColor(which, QColor(color))
    for which in (role.Text, role.WindowText, role.ButtonText):
        faded = QColor(theme.secondary)
        faded.setAlpha(140)
        palette.setColor(QPalette.ColorGroup.Disabled, which, faded)
    return palette


def _picture(name: str, t: Theme) -> str:
    """A style sheet names files; they cannot be tinted, so each theme has its own."""
    return Path(str(resource("icons", f"{name}-{t.name}.svg"))).as_posix()


def _style_sheet(t: Theme) -> str:
    return f"""
QMainWindow, QDialog {{ background: {t.panel}; }}
QWidget#fieldOfImages {{ background: {t.window}; }}
QMenuBar {{ background: {t.window}; min-height: 30px; padding: 0 6px; }}
QMenuBar::item {{ padding: 7px 10px; background: transparent; border-radius: 6px; }}
QMenuBar::item:selected {{ background: {t.raised}; }}
QMenu {{ background: {t.raised}; border: 1px solid {t.hairline}; padding: 4px; }}
QMenu::item {{ padding: 6px 28px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.selection}; }}
QMenu::item:disabled {{ color: {t.secondary}; }}
QMenu::separator {{ height: 1px; background: {t.hairline}; margin: 4px 6px; }}
QToolBar {{ background: {t.panel}; border: none; border-bottom: 1px solid {t.hairline};
  spacing: 4px; padding: 7px 10px; }}
QToolBar::separator {{ width: 1px; background: {t.hairline}; margin: 4px 8px; }}
QToolButton {{ border: none; border-radius: 6px; padding: 5px 10px; min-height: 20px; }}
QToolButton:hover {{ background: {t.raised}; }}
QToolButton:checked, QToolButton:pressed {{ background: {t.selection}; color: {t.accent}; }}
QToolButton:disabled {{ color: {t.secondary}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QPushButton {{ background: {t.raised}; border: 1px solid {t.hairline}; border-radius: 6px;
  padding: 0 14px; min-height: 28px; }}
QPushButton:hover {{ border-color: {t.secondary}; }}
QPushButton:disabled {{ color: {t.secondary}; }}
QPushButton[primary="true"] {{ background: {t.accent}; color: {t.on_accent}; border: none;
  font-weight: 600; min-height: 30px; }}
QPushButton[primary="true"]:disabled {{ background: {t.raised}; color: {t.secondary}; }}
QPushButton[link="true"] {{ background: transparent; border: none; color: {t.accent};
  padding: 0 2px; min-height: 22px; text-align: right; }}
QPushButton[link="true"]:hover {{ text-decoration: underline; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QTreeView:focus
  {{ outline: none; }}
QPushButton:focus {{ border: 1px solid {t.accent}; }}
QLabel[role="section"] {{ color: {t.secondary}; font-size: 12px; font-weight: 600; }}
QLabel[role="secondary"] {{ color: {t.secondary}; }}
QLabel[role="warning"] {{ color: {t.beam}; }}
QLabel[role="refusal"] {{ color: {t.refusal}; }}
QAbstractSpinBox, QLineEdit {{ background: {t.window}; border: 1px solid {t.hairline};
  border-radius: 6px; padding: 0 8px; min-height: 24px; selection-background-color: {t.accent};
  selection-color: {t.on_accent}; }}
QAbstractSpinBox:focus, QLineEdit:focus {{ border-color: {t.accent}; }}
QAbstractSpinBox[refused="true"] {{ color: {t.refusal}; border-color: {t.refusal}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QComboBox {{ background: {t.window}; border: 1px solid {t.hairline}; border-radius: 6px;
  padding: 0 8px; min-height: 26px; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; background: transparent;
  padding: 0; min-height: 0; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{_picture("arrow", t)}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.hairline};
  selection-background-color: {t.selection}; }}
QTreeView, QListView, QTableView {{ background: {t.panel}; border: none; outline: none;
  alternate-background-color: {t.panel}; }}
QTreeView::item {{ height: 28px; border: none; padding: 0 2px; }}
QTreeView::item:hover {{ background: {t.raised}; }}
QTreeView::item:selected {{ background: {t.selection}; color: {t.text}; }}
QTreeView::branch:selected {{ background: {t.selection}; }}
QTabBar {{ background: {t.panel}; }}
QTabBar::tab {{ background: transparent; color: {t.secondary}; padding: 10px 6px 9px 6px;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {t.hairline}; }}
QScrollArea {{ border: none; background: {t.panel}; }}
QScrollArea > QWidget > QWidget {{ background: {t.panel}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {t.hairline}; border-radius: 4px; min-height: 24px;
  margin: 1px 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {t.hairline}; border-radius: 4px; margin: 2px 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {t.hairline}; }}
QStatusBar {{ background: {t.window}; border-top: 1px solid {t.hairline}; min-height: 28px; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {t.secondary}; font-size: 12px; padding: 0 6px; }}
QProgressBar {{ background: {t.raised}; border: none; border-radius: 3px; max-height: 6px;
  min-height: 6px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QCheckBox {{ spacing: 8px; min-height: 24px; }}
QCheckBox::indicator, QListView::indicator {{ width: 15px; height: 15px;
  border: 1px solid {t.secondary}; border-radius: 4px; background: {t.window}; }}
QCheckBox::indicator:checked, QListView::indicator:checked
  {{ background: {t.accent}; border-color: {t.accent};
  image: url("{_picture("check", t)}"); }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.hairline};
  padding: 4px 6px; }}
"""
