"""The one window: menus, toolbar, the two side columns, the field of images, the status bar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabWidget,
)

from synthex_gui.app.recovery import Recovery
from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings, save_settings
from synthex_gui.geometry.arrays import Volume
from synthex_gui.scene.beam import Matter
from synthex_gui.ui.commands.actions import COMMANDS
from synthex_gui.ui.commands.backend import BackendCommands
from synthex_gui.ui.commands.compare import CompareCommands
from synthex_gui.ui.commands.file import FileCommands
from synthex_gui.ui.commands.image import ImageCommands
from synthex_gui.ui.commands.pose import PoseCommands
from synthex_gui.ui.commands.tool import ToolCommands
from synthex_gui.ui.panels.beam_panel import BeamPanel
from synthex_gui.ui.panels.carm_panel import CArmPanel
from synthex_gui.ui.panels.detector_panel import DetectorPanel
from synthex_gui.ui.panels.image_panel import ImagePanel
from synthex_gui.ui.panels.matter_panel import MatterPanel
from synthex_gui.ui.panels.scene_column import SceneColumn
from synthex_gui.ui.panels.scene_tree import SceneTree
from synthex_gui.ui.panels.tool_panel import ToolPanel
from synthex_gui.ui.panels.views_panel import ViewsPanel
from synthex_gui.ui.presenters.collisions import CollisionWatch
from synthex_gui.ui.presenters.coordinator import Coordinator
from synthex_gui.ui.style import theme
from synthex_gui.ui.style.icons import icon
from synthex_gui.ui.widgets.job_bar import JobBar
from synthex_gui.ui.widgets.toast import Toast
from synthex_gui.ui.window import layout as layout_store
from synthex_gui.ui.window.menus import Menus, tint_menu_buttons
from synthex_gui.ui.window.status import StatusReadouts
from synthex_gui.ui.workspace import Workspace

# The new style sheet is drawn first.
TINT_AFTER_MS = 30


class MainWindow(QMainWindow):
    """Builds everything once and connects it; the work is in the command classes."""

    closed = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session, self.settings = session, settings
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.workspace = Workspace()
        self.toast = Toast(self)
        self.backends = BackendCommands(self, session.live, settings, self.say)
        self.recovery = Recovery(session, self)
        self.carm_panel = CArmPanel(session.store)
        self.beam_panel = BeamPanel(session.store)
        self.tool_panel = ToolPanel(session.store)
        self.detector_panel = DetectorPanel(session.store)
        self.matter_panel = MatterPanel(session.store, self._count_hu)
        self.image_panel = ImagePanel(session.store, self.workspace.radiograph)
        self.tree = SceneTree(session.store)
        self.views = ViewsPanel()
        self.coordinator = Coordinator(session, self.workspace, self.image_panel, self.views)
        self.poses = PoseCommands(session, self.workspace.room, self.say)
        self.tools = ToolCommands(session, self.workspace, self.coordinator)
        self.collisions = CollisionWatch(session, self.carm_panel, self.workspace.room)
        self.files = FileCommands(self, session, self.tools, settings, self.say)
        self.images = ImageCommands(self, session, self.workspace, self.say)
        self.compare = CompareCommands(
            self, session, self.workspace, self.coordinator, self.image_panel.compare
        )
        self.files.open_xray = self.compare.open_file
        self.files.open_xray_or = self.compare.open_file_or
        self.commands: dict[str, QAction] = {}
        self._make_actions()
        self.menus = Menus(self)
        self.menus.fill_menu_bar()
        self.export_button = self.menus.make_toolbar()
        self._make_body()
        self._make_status()
        self._connect()
        layout_store.restore_geometry(self)
        QTimer.singleShot(0, self, lambda: layout_store.restore_state(self))
        self.update_title()

    # Building

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does."""
        work, poses, files, images = self.workspace, self.poses, self.files, self.images
        room = work.room
        return {
            "new_phantom": self.new_phantom,
            "open_ct": files.open_ct,
            "open_dicom": files.open_dicom,
            "open_labels": files.open_labels,
            "open_landmarks": files.open_landmarks,
            "open_xray": self.open_xray,
            "open_project": files.open_project,
            "read_again": self.session.read_again,
            "save": files.save,
            "save_as": files.save_as,
            "save_image": images.save,
            "copy_image": images.copy,
            "quit": self.close,
            "undo": self.session.store.history.undo,
            "redo": self.session.store.history.redo,
            "remove_tool": lambda: self.tools.remove(self.coordinator.selected_tool),
            "gizmo_move": lambda: self.set_gizmo("move"),
            "gizmo_rotate": lambda: self.set_gizmo("rotate"),
            "live": self.toggle_live,
            "expose": lambda: self.coordinator.request_image(moving=False),
            "fit": work.radiograph.fit,
            "auto_window": work.radiograph.auto_window,
            "invert": self.image_panel.toggle_invert,
            "reset_room": room.reset_view,
            "view_anterior": lambda: room.look_from((0.0, -1.0, -0.02)),
            "view_left": lambda: room.look_from((1.0, 0.0, 0.0)),
            "view_superior": lambda: room.look_from((0.0, 0.0, 1.0)),
            "show_skin": lambda: self.show_in_room("skin"),
            "show_table": lambda: self.show_in_room("table"),
            "full_screen": self.toggle_full_screen,
            "reset_layout": self.reset_layout,
            "aim_ct": poses.aim_at_ct,
            "aim_crosshair": lambda: poses.aim_at(self.coordinator.crosshair, "the crosshair"),
            "head_up": poses.head_up,
            "opposite": poses.opposite,
            "mirror": poses.mirror,
            "previous_view": poses.previous_view,
            "save_view": poses.save_view,
            "add_mesh": files.add_mesh,
            "add_landmark": self.tools.add_landmark,
            "export": images.export_series,
            "shortcuts": images.show_shortcuts,
            "about": images.show_about,
        }

    def _make_actions(self) -> None:
        handlers = self.handlers()
        for command in COMMANDS.values():
            action = QAction(command.text, self)
            if command.icon:
                action.setIcon(icon(command.icon))
            if command.shortcut:
                action.setShortcut(QKeySequence(command.shortcut))
            action.setToolTip(command.hint or command.text.rstrip("…"))
            action.setCheckable(command.checkable)
            action.triggered.connect(lambda _=False, run=handlers[command.id]: run())
            self.commands[command.id] = action
        for name in ("live", "gizmo_move", "show_skin", "show_table"):
            self.commands[name].setChecked(True)
        history = self.session.store.history
        for name, can, text in (
            ("undo", history.canUndoChanged, history.undoTextChanged),
            ("redo", history.canRedoChanged, history.redoTextChanged),
        ):
            action = self.commands[name]
            action.setEnabled(False)
            can.connect(action.setEnabled)
            text.connect(self._name_history)

    def _name_history(self) -> None:
        history = self.session.store.history
        self.commands["undo"].setToolTip(f"Undo {history.undoText()}".strip())
        self.commands["redo"].setToolTip(f"Redo {history.redoText()}".strip())

    def _make_body(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setExpanding(False)
        self.object_tab = QStackedWidget()
        self.object_tab.addWidget(self.tool_panel)
        self.object_tab.addWidget(self.matter_panel)
        for panel, name in (
            (self.carm_panel, "C-arm"),
            (self.beam_panel, "Beam"),
            (self.detector_panel, "Detector"),
            (self.object_tab, "Object"),
            (self.image_panel, "Image"),
        ):
            self.tabs.addTab(panel, name)
        self.scene_column = SceneColumn(self.tree, self.views)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.setHandleWidth(1)
        for widget in (self.scene_column, self.workspace, self.tabs):
            self.columns.addWidget(widget)
        self.columns.setStretchFactor(1, 1)
        self.columns.setCollapsible(1, False)
        self.setCentralWidget(self.columns)

    def _make_status(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self.job_bar = JobBar()
        self.readouts = StatusReadouts(self.session, self.workspace, self.coordinator)
        bar.addWidget(self.readouts.cursor, 1)
        bar.addPermanentWidget(self.job_bar)
        bar.addPermanentWidget(self.readouts.backend)
        bar.addPermanentWidget(self.readouts.speed)

    def _connect(self) -> None:
        session, coordinator = self.session, self.coordinator
        for follower in (
            self.carm_panel,
            self.collisions,
            self.beam_panel,
            self.detector_panel,
            self.tool_panel,
            self.matter_panel,
            self.image_panel,
            self.tree,
        ):
            coordinator.add_sync(follower.sync)
        coordinator.frame_shown.connect(
            lambda frame: self.beam_panel.show_frame(frame) if frame.is_full else None
        )
        session.assets_changed.connect(self.tool_panel.set_assets)
        session.assets_changed.connect(self.tree.set_assets)
        session.assets_changed.connect(self.matter_panel.set_assets)
        self.matter_panel.warned.connect(lambda text: self.say(text, "refusal"))
        session.job_started.connect(self.job_bar.add)
        session.problem.connect(lambda text: self.say(text, "refusal"))
        session.unit_needed.connect(lambda path, text: self.files.ask_unit(Path(path), text))
        session.series_needed.connect(
            lambda path, series: self.files.ask_series(Path(path), series)
        )
        session.warned.connect(lambda text: self.say(text, "warning"))
        session.noted.connect(self.say)
        session.path_changed.connect(self.update_title)
        session.store.history.cleanChanged.connect(lambda _: self.update_title())
        self.tree.tool_selected.connect(self.select_tool)
        self.tree.remove_requested.connect(self.tools.remove)
        self.tree.matter_selected.connect(self.show_matter)
        self.tree.landmark_selected.connect(self._go_to_landmark)
        self.tool_panel.remove_requested.connect(self.tools.remove)
        self.workspace.room.tool_picked.connect(self.select_tool)
        self.tools.select = self.select_tool
        self.views.preset_chosen.connect(self.poses.go_to_preset)
        self.views.saved_chosen.connect(self.poses.go_to_saved)
        self.views.save_requested.connect(self.poses.save_view)
        self.views.remove_requested.connect(self.poses.remove_view)
        self.carm_panel.aim_requested.connect(lambda: self.images.aim_menu(self.poses))
        self.workspace.radiograph.aim_requested.connect(self.poses.aim_at_ct)

    # Doing

    def say(self, text: str, kind: str = "note") -> None:
        """A toast over the window."""
        self.toast.show_message(text, kind)

    def new_phantom(self) -> None:
        """The opening scene again."""
        if self.files.may_discard():
            self.session.open_phantom()

    def open_xray(self) -> None:
        """A real X-ray image beside the radiograph; its controls stand in the Image panel."""
        self.tabs.setCurrentWidget(self.image_panel)
        self.compare.choose_file()

    def select_tool(self, name: str | None) -> None:
        """Select a tool everywhere and show its panel."""
        if name != self.coordinator.selected_tool:
            self.coordinator.select_tool(name)
            self.tool_panel.select(name)
            self.tree.select_tool(name)
            if name is not None:
                self.object_tab.setCurrentWidget(self.tool_panel)
                self.tabs.setCurrentWidget(self.object_tab)

    def show_matter(self, structure: str) -> None:
        """What the CT, or one structure of it, is made of."""
        self.object_tab.setCurrentWidget(self.matter_panel)
        self.tabs.setCurrentWidget(self.object_tab)
        self.matter_panel.choose_structure(structure)

    def set_gizmo(self, mode: str) -> None:
        """Handles to move or to rotate."""
        self.coordinator.set_gizmo_mode(mode)
        self.commands["gizmo_move"].setChecked(mode == "move")
        self.commands["gizmo_rotate"].setChecked(mode == "rotate")

    def _count_hu(self, ct: Volume, matter: Matter) -> None:
        job = self.session.count_unusual_hu(ct, matter)
        job.done.connect(self.matter_panel.show_unusual)

    def toggle_live(self) -> None:
        """Render while anything moves, or only on Expose."""
        self.coordinator.is_live = self.commands["live"].isChecked()
        self.coordinator.run_fluoroscopy()
        if self.coordinator.is_live:
            self.coordinator.request_image()

    def show_in_room(self, name: str) -> None:
        """Show or hide the skin or the table."""
        room = self.workspace.room
        room.patient.set_visible(name, self.commands[f"show_{name}"].isChecked())
        room.request_repaint()

    def toggle_full_screen(self) -> None:
        """The whole screen, or a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def set_theme(self, choice: str) -> None:
        """Another theme, now and next time."""
        self.settings.theme = choice  # type: ignore[assignment]
        save_settings(self.settings)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.choose(application, self.settings.theme)
        # In turns, so that no one of them holds the window for long.
        QTimer.singleShot(0, self, lambda: theme.apply_sheet(application))
        QTimer.singleShot(TINT_AFTER_MS, self, self._tint)

    def _tint(self) -> None:
        """Everything that is drawn in the theme's colours by our own hand."""
        for command in COMMANDS.values():
            if command.icon:
                self.commands[command.id].setIcon(icon(command.icon))
        tint_menu_buttons(self)
        self.workspace.room.apply_theme()
        self.tree.rebuild(self.session.store.scene)

    def update_title(self) -> None:
        """File name, dirty mark, program."""
        path = self.session.path
        dirty = "" if self.session.store.history.isClean() else " — edited"
        self.setWindowTitle(f"{path.name if path else 'Untitled'}{dirty} — SyntheX GUI")

    def _go_to_landmark(self, name: str) -> None:
        for item in self.session.store.scene.landmarks:
            if item.name == name:
                self.coordinator.set_crosshair(item.position)

    def reset_layout(self) -> None:
        """As on the first start."""
        layout_store.reset(self)

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.session.store.cancel_gesture():
            return
        step = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        moves = {
            Qt.Key.Key_Left: ("orbital_deg", -step),
            Qt.Key.Key_Right: ("orbital_deg", step),
            Qt.Key.Key_Up: ("angulation_deg", step),
            Qt.Key.Key_Down: ("angulation_deg", -step),
        }
        if event.key() in moves:
            self.carm_panel.nudge(*moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.files.open_path(Path(url.toLocalFile()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_discard():
            event.ignore()
            return
        layout_store.save(self)
        self.recovery.forget()
        self.session.store.history.blockSignals(True)
        self.session.close()
        # The VTK widget goes before its parent: the other order crashes in its context.
        self.workspace.room.close()
        self.closed.emit()
        event.accept()
