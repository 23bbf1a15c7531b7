"""The one window: menus, toolbar, the two side columns, the field of images, the status bar."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QSplitter

from synthex_gui.app.frame import Frame
from synthex_gui.app.recovery import Recovery
from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings
from synthex_gui.geometry.arrays import Volume
from synthex_gui.scene.assets import Offer
from synthex_gui.scene.beam import Matter
from synthex_gui.ui.commands.aim import AimMenu
from synthex_gui.ui.commands.backend import BackendCommands
from synthex_gui.ui.commands.compare import CompareCommands
from synthex_gui.ui.commands.edit import EditCommands
from synthex_gui.ui.commands.file import FileCommands
from synthex_gui.ui.commands.help import HelpCommands
from synthex_gui.ui.commands.image import ImageCommands
from synthex_gui.ui.commands.pose import PoseCommands
from synthex_gui.ui.commands.table import Handlers, shortcuts
from synthex_gui.ui.commands.tool import ToolCommands
from synthex_gui.ui.commands.view import LAYOUTS, ViewCommands
from synthex_gui.ui.dialogs.fault_dialog import FaultReporter
from synthex_gui.ui.presenters.collisions import CollisionsPresenter
from synthex_gui.ui.presenters.radiograph import RadiographPresenter
from synthex_gui.ui.presenters.room import RoomPresenter
from synthex_gui.ui.presenters.selection import Selection
from synthex_gui.ui.presenters.slices import SlicesPresenter
from synthex_gui.ui.presenters.thumbnails import ThumbnailsPresenter
from synthex_gui.ui.presenters.view_state import ViewStatePresenter
from synthex_gui.ui.widgets.job_bar import JobBar
from synthex_gui.ui.widgets.toast import Toast
from synthex_gui.ui.window.actions import follow_history, make_actions, tint
from synthex_gui.ui.window.columns import Panels
from synthex_gui.ui.window.layout import LayoutStore
from synthex_gui.ui.window.menus import Menus, tint_menu_buttons
from synthex_gui.ui.window.status import StatusReadouts
from synthex_gui.ui.window.workspace import Workspace


class MainWindow(QMainWindow):
    """Builds everything once and connects it; the work is in presenters and commands."""

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session, self.settings = session, settings
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.toast = Toast(self)
        self.recovery = Recovery(session, self)
        self.workspace = Workspace()
        self.panels = Panels(session.store, self.workspace.radiograph, self._count_hu)
        self._make_presenters()
        self._make_commands()
        self._make_body()
        self._make_status()
        self._connect()
        self.layout_store.restore_geometry()
        QTimer.singleShot(0, self, self.layout_store.restore_state)
        self.update_title()

    # Building

    def _make_presenters(self) -> None:
        session, work, panels = self.session, self.workspace, self.panels
        self.selection = Selection(self)
        self.radiograph = RadiographPresenter(session, work.radiograph, panels.image.shows, self)
        self.room = RoomPresenter(session, work.room, self.selection, self)
        self.slices = SlicesPresenter(session, work.slices.values(), self)
        self.thumbnails = ThumbnailsPresenter(session, panels.views, self)
        self.collisions = CollisionsPresenter(session, panels.carm, work.room, self)
        self.view_state = ViewStatePresenter(
            session.document,
            work,
            work.room,
            {str(plane): view for plane, view in work.slices.items()},
            self.slices,
            work.radiograph,
            self.radiograph,
            tuple(dict(LAYOUTS)),
            self,
        )
        self.radiograph.face_ready.connect(work.room.show_on_detector)
        panels.image.overlays_changed.connect(self.radiograph.overlays_changed)
        for view in work.slices.values():
            view.crosshair_moved.connect(self.slices.set_crosshair)

    def _make_commands(self) -> None:
        session, settings, work = self.session, self.settings, self.workspace
        image_panel = self.panels.image
        self.backends = BackendCommands(self, session.live, settings, self.say)
        self.poses = PoseCommands(self, session, work.room, self.say)
        self.tools = ToolCommands(
            session,
            self.selection,
            lambda: self.slices.crosshair,
            work.room,
            work.radiograph,
            work.slices.values(),
        )
        self.compare = CompareCommands(
            self,
            session,
            work,
            self.radiograph,
            image_panel.compare,
            lambda: self.panels.show_panel(image_panel),
        )
        self.files = FileCommands(self, session, self.tools, self.compare, settings, self.say)
        self.images = ImageCommands(self, session, work.radiograph, work.room, settings, self.say)
        self.helps = HelpCommands(
            self, shortcuts(), settings, lambda: self.readouts.backend.text(), self.say
        )
        self.faults = FaultReporter(self, self.helps.copy_report, self.say)
        handlers = Handlers(
            files=self.files,
            edits=EditCommands(session.store),
            tools=self.tools,
            poses=self.poses,
            images=self.images,
            views=ViewCommands(
                self,
                settings,
                self.radiograph,
                self.room,
                work.room,
                work.radiograph.auto_window,
                work.radiograph.fit,
            ),
            helps=self.helps,
            choose_xray=self.compare.choose_file,
            read_again=session.read_again,
            toggle_polarity=image_panel.toggle_invert,
            aim_at_crosshair=lambda: self.poses.aim_at(self.slices.crosshair, "the crosshair"),
            close=self.close,
        )
        self.commands = make_actions(self, handlers)
        follow_history(self.commands, session.store)
        self.commands["detailed_log"].setChecked(settings.detailed_log)
        menus = Menus(
            self,
            self.commands,
            {"recent": self.files.recent_menu, "backends": self.backends.menu},
        )
        menus.fill_menu_bar()
        menus.make_toolbar()
        self.aim_menu = AimMenu(self, session, self.poses, self.say)

    def _make_body(self) -> None:
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.setHandleWidth(1)
        for widget in (self.panels.scene_column, self.workspace, self.panels.tabs):
            self.columns.addWidget(widget)
        self.columns.setStretchFactor(1, 1)
        self.columns.setCollapsible(1, False)
        self.setCentralWidget(self.columns)
        self.layout_store = LayoutStore(
            self, self.columns, self.panels.scene_column, self.workspace
        )

    def _make_status(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self.job_bar = JobBar()
        self.readouts = StatusReadouts(self.session, self.workspace, self.radiograph)
        bar.addWidget(self.readouts.cursor, 1)
        bar.addPermanentWidget(self.job_bar)
        bar.addPermanentWidget(self.readouts.backend)
        bar.addPermanentWidget(self.readouts.speed)

    def _connect(self) -> None:
        session, panels = self.session, self.panels
        # In this order: the image is asked for when everything else shows the scene.
        for follower in (
            self.room,
            self.slices,
            self.thumbnails,
            panels.carm,
            self.collisions,
            panels.beam,
            panels.detector,
            panels.tool,
            panels.matter,
            panels.image,
            panels.tree,
            self.radiograph,
        ):
            session.store.changed.connect(follower.sync)
        for panel in (panels.tool, panels.tree, panels.matter):
            session.assets_changed.connect(panel.set_assets)
        session.document_replaced.connect(panels.beam.document_replaced)
        self.radiograph.frame_shown.connect(self._show_dose)
        session.job_started.connect(self.job_bar.add)
        session.problem.connect(lambda text: self.say(text, "refusal"))
        session.warned.connect(lambda text: self.say(text, "warning"))
        session.noted.connect(self.say)
        session.unit_needed.connect(lambda path, text: self.files.ask_unit(Path(path), text))
        session.series_needed.connect(
            lambda path, series: self.files.ask_series(Path(path), series)
        )
        session.incomplete.connect(self.files.ask_incomplete)
        session.outside_found.connect(self.files.ask_outside)
        session.offered.connect(self._offer)
        session.arrived.connect(self.files.ask_which)
        session.locked.connect(self.files.ask_locked)
        session.path_changed.connect(self.update_title)
        session.store.history.cleanChanged.connect(lambda _: self.update_title())
        self.selection.changed.connect(panels.select_tool)
        self.selection.changed.connect(self.workspace.radiograph.select_tool)
        panels.matter.warned.connect(lambda text: self.say(text, "refusal"))
        panels.tree.tool_selected.connect(self.selection.select)
        panels.tree.matter_selected.connect(panels.show_matter)
        panels.tree.landmark_selected.connect(self.slices.go_to_landmark)
        panels.tree.remove_requested.connect(self.tools.remove)
        panels.tool.remove_requested.connect(self.tools.remove)
        panels.tool.renamed.connect(self.selection.select)
        panels.views.preset_chosen.connect(self.poses.go_to_preset)
        panels.views.saved_chosen.connect(self.poses.go_to_saved)
        panels.views.save_requested.connect(self.poses.save_view)
        panels.views.rename_requested.connect(self.poses.ask_view_name)
        panels.views.remove_requested.connect(self.poses.remove_view)
        panels.carm.aim_requested.connect(self.aim_menu.open)
        self.workspace.radiograph.aim_requested.connect(self.poses.aim_at_ct)

    # Doing

    def say(self, text: str, kind: str = "note") -> None:
        """A toast over the window."""
        self.toast.show_message(text, kind)

    def _offer(self, offer: Offer) -> None:
        accept = offer.title, lambda: self.session.accept(offer)
        self.toast.show_message(offer.text, "warning", accept)

    def set_layout_id(self, layout_id: str) -> None:
        """Another layout of the views."""
        self.workspace.set_layout_id(layout_id)

    def reset_layout(self) -> None:
        """As on the first start."""
        self.layout_store.reset()

    def set_full_screen(self, on: bool) -> None:
        """The whole screen, or a window again."""
        full = Qt.WindowState.WindowFullScreen
        state = self.windowState()
        self.setWindowState(state | full if on else state & ~full)

    def tint(self) -> None:
        """Everything that is drawn in the theme's colours by our own hand."""
        tint(self.commands)
        tint_menu_buttons(self)
        self.workspace.room.apply_theme()
        self.panels.tree.rebuild(self.session.store.scene)

    def update_title(self) -> None:
        """File name, dirty mark, program."""
        path = self.session.path
        dirty = "" if self.session.store.history.isClean() else " — edited"
        self.setWindowTitle(f"{path.name if path else 'Untitled'}{dirty} — SyntheX GUI")

    def _count_hu(self, ct: Volume, matter: Matter) -> None:
        job = self.session.count_unusual_hu(ct, matter)
        job.done.connect(self.panels.matter.show_unusual)

    def _show_dose(self, frame: Frame) -> None:
        if frame.is_full:
            self.panels.beam.show_frame(frame)

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
            self.panels.carm.nudge(*moves[Qt.Key(event.key())])
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
        self.layout_store.save()
        self.recovery.forget()
        self.session.store.history.blockSignals(True)
        self.session.close()
        # The VTK widget goes before its parent: the other order crashes in its context.
        self.workspace.room.close()
        event.accept()
