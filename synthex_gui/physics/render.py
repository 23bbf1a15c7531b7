"""A scene to a radiograph: which fields a level needs, and the stages of its image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.tiles import default_threads
from synthex_gui.physics.backends.base import Image, ProjectionRequest, Quality
from synthex_gui.physics.backends.contract import Backend
from synthex_gui.physics.backends.stages import ExposureRequest
from synthex_gui.physics.beam.table_top import table_place_mm, table_slab
from synthex_gui.physics.detector.pixels import has_dead_pixels, mended
from synthex_gui.physics.exposure.notices import blank_notices
from synthex_gui.physics.exposure.plan import mas_of
from synthex_gui.physics.exposure.stages import InTheWay, matter_stage, of_one_energy, realistic
from synthex_gui.physics.look.scene_look import live_look, look_of
from synthex_gui.physics.matter.materials import material
from synthex_gui.physics.matter.uploads import Uploads
from synthex_gui.physics.scatter.exit import CoarseMatter
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.study import Level


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One image and its truth, all (h, w) float32.

    `signal` is detector signal / open field (1 where nothing attenuates); `line_integral` the
    dimensionless one of the naive and heuristic levels, None at the realistic one and where a look
    was asked for;
    `structures_mm` and `tools_mm` path lengths by name (a tool's whole path, whatever else is
    there); `first_metal_mm` distance from the source to the first metal, None without tools;
    `photons` per open-field pixel and `mas` as used, None below the realistic level; `backend` the
    kind that projected it, ``cpu`` or ``cuda``. `shown`: see `scene_look.look_of`, where it was
    asked for.
    """

    camera: Camera
    level: Level
    signal: Image
    line_integral: Image | None
    structures_mm: Mapping[str, Image] = field(default_factory=dict)
    tools_mm: Mapping[str, Image] = field(default_factory=dict)
    first_metal_mm: Image | None = None
    photons: float | None = None
    mas: float | None = None
    backend: str = "cpu"
    shown: Image | None = None


class Renderer:
    """Keeps a scene's arrays in a backend and renders any pose of it. One caller at a time."""

    def __init__(self, backend: Backend, threads: int | None = None) -> None:
        self.backend = backend
        self.threads = threads or default_threads()
        self._uploads = Uploads(backend, self.threads)
        self._coarse: CoarseMatter | None = None

    def set_assets(self, assets: SceneAssets) -> None:
        """Take a scene's arrays; what is no longer used is released, the rest uploads on demand."""
        if assets.ct is not self._uploads.assets.ct:
            self._coarse = None
        self._uploads.set_assets(assets)

    def render(
        self,
        scene: Scene,
        *,
        size: int | None = None,
        camera: Camera | None = None,
        quality: Quality = Quality.EXACT,
        structures: Sequence[str] = (),
        image_index: int = 0,
        previous: Image | None = None,
        with_look: bool = False,
    ) -> Radiograph:
        """One image of the scene's pose (or of `camera`), with the path of each named structure.

        `previous`: the signal of the frame before, of the same size, for the detector's lag.
        `with_look`: with what a view shows of it.

        Raises StructureError for a structure that the labels lack, BackendError for what a backend
        cannot do.
        """
        camera = camera_of(scene.carm, size) if camera is None else camera
        tools = self._uploads.tools(scene)
        request = ProjectionRequest(
            camera=camera,
            fields=self._uploads.fields(scene),
            labels=tuple(self._uploads.label(name) for name in structures),
            meshes=self._uploads.placed(tools),
            quality=quality,
        )
        is_realistic = scene.level == "realistic"
        made = self.backend.expose(
            self._exposure(scene, request, tools, image_index, previous, with_look)
        )
        signal, result = made.signal, made.projection
        paths_mm = dict(zip(structures, (result.labels_mm[key] for key in request.labels)))
        if is_realistic:
            signal = mended(signal, scene.detector)
        shown = made.shown
        if with_look and shown is None:
            shown = look_of(signal, scene, camera, self.threads)
        return Radiograph(
            camera=camera,
            level=scene.level,
            signal=signal,
            line_integral=made.integral,
            structures_mm=paths_mm,
            tools_mm={tool.name: path for tool, path in zip(tools, result.whole_mm, strict=True)},
            first_metal_mm=result.first_mm,
            photons=made.photons if is_realistic else None,
            mas=mas_of(scene, camera, made.photons) if is_realistic else None,
            backend=result.backend,
            shown=shown,
        )

    def notices(self, scene: Scene, camera: Camera | None = None) -> tuple[str, ...]:
        """What a person should know of the image of this pose (or of `camera`): that it is empty,
        or taken from within the patient. Usually nothing.
        """
        camera = camera_of(scene.carm) if camera is None else camera
        tools = self._uploads.tools(scene)
        return blank_notices(camera, self._uploads.assets, self._coarse_matter(), tools)

    def structure_paths_mm(
        self, scene: Scene, structures: Sequence[str], size: int | None = None
    ) -> dict[str, Image]:
        """Path length (h, w) through each named structure, as a still image has it, and no more.

        Raises StructureError for a structure that the labels lack.
        """
        keys = {name: self._uploads.label(name) for name in structures}
        request = ProjectionRequest(camera_of(scene.carm, size), labels=tuple(keys.values()))
        paths = self.backend.project(request).labels_mm
        return {name: paths[key] for name, key in keys.items()}

    def _exposure(
        self,
        scene: Scene,
        request: ProjectionRequest,
        tools: Sequence[Tool],
        image_index: int,
        previous: Image | None,
        with_look: bool,
    ) -> ExposureRequest:
        # Dead pixels are mended here, and a look shows them mended.
        is_mono = scene.level != "realistic"
        has_look = with_look and (is_mono or not has_dead_pixels(scene.detector))
        look = live_look(scene, request.camera) if has_look else None
        metals = [material(tool.material) for tool in tools]
        if is_mono:
            return of_one_energy(request, metals, look, keeps_integral=not with_look)
        slab = None
        if scene.table.is_shown:
            place = table_place_mm(scene, self._uploads.assets)
            slab = table_slab(scene.table, request.camera, *place)
        materials, matter = matter_stage(scene, request, metals, slab)
        way = InTheWay(
            materials,
            matter,
            lambda: self._exit_gap_mm(scene, request.camera),
            self._object_mm(scene, request.camera),
        )
        return realistic(scene, request, way, image_index, previous, look)

    def _exit_gap_mm(self, scene: Scene, camera: Camera) -> float:
        """From the patient's exit to the detector; 0 without a patient."""
        coarse = self._coarse_matter()
        return 0.0 if coarse is None else coarse.exit_gap_mm(camera)

    def _coarse_matter(self) -> CoarseMatter | None:
        """The CT in blocks, made when it is first needed."""
        ct = self._uploads.assets.ct
        if ct is not None and self._coarse is None:
            self._coarse = CoarseMatter.of(ct, self.threads)
        return self._coarse

    def _object_mm(self, scene: Scene, camera: Camera) -> float | None:
        """Distance from the source to the middle of the CT, else of the tools; None for nothing."""
        ct = self._uploads.assets.ct
        if ct is not None:
            middle = ct.grid.centre_mm
        elif scene.tools:
            places = [np.array(tool.world_from_tool)[:3, 3] for tool in scene.tools]
            middle = np.mean(places, axis=0)
        else:
            return None
        return float(camera.project(middle)[1][0])
