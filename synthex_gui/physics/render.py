"""A scene to a radiograph: which fields a level needs, one projection, the imaging chain."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import LabelMap, Volume
from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.tiles import default_threads
from synthex_gui.physics.backends.base import (
    Backend,
    Field,
    Image,
    PlacedMesh,
    Projection,
    ProjectionRequest,
    Quality,
)
from synthex_gui.physics.backends.exposing import Exposed, ExposingBackend, NotExposingError, Slab
from synthex_gui.physics.beam.table_top import table_areal, table_place_mm, table_slab
from synthex_gui.physics.exposure.chain import Exposure, Passed, expose
from synthex_gui.physics.exposure.mono_on_device import mono_on
from synthex_gui.physics.exposure.mono_signal import exp_minus
from synthex_gui.physics.exposure.on_device import Ingredients, expose_on
from synthex_gui.physics.look.scene_look import live_look, look_of
from synthex_gui.physics.matter import hu
from synthex_gui.physics.matter.basis import mixture_of
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.physics.matter.labels import mask_field
from synthex_gui.physics.matter.materials import material
from synthex_gui.physics.scatter.exit import CoarseMatter
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Level, Scene

log = logging.getLogger(__name__)

FieldMaker = Callable[[Volume], Field]

# The one field of a level that knows attenuation only; see `matter` for the realistic level.
MONO_FIELDS: Mapping[Level, tuple[str, FieldMaker]] = {
    "naive": ("ct:mu-naive", hu.naive_field),
    "heuristic": ("ct:mu-heuristic", hu.heuristic_field),
}


class RenderError(SynthexError):
    """A scene that cannot be rendered; the text says what is missing."""


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One image and its truth, all (h, w) float32.

    `signal` is detector signal / open field (1 where nothing attenuates); `line_integral` the
    dimensionless one of the naive and heuristic levels, None at the realistic one;
    `structures_mm` and `tools_mm` path lengths by name (a tool's whole path, whatever else is
    there); `first_metal_mm` distance from the source to the first metal, None without tools;
    `photons` per open-field pixel and `mas` as used, None below the realistic level; `backend` the
    kind that projected it, ``cpu`` or ``cuda``. `shown`: see `live_look.look_of`, where it was
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
        self._assets = SceneAssets()
        self._uploaded: set[str] = set()
        self._coarse: CoarseMatter | None = None

    def set_assets(self, assets: SceneAssets) -> None:
        """Take a scene's arrays; what is no longer used is released, the rest uploads on demand."""
        before, self._assets = self._assets, assets
        if assets.ct is not before.ct:
            self._coarse = None
        stale = [
            key
            for key in self._uploaded
            if (key.startswith("ct") and assets.ct is not before.ct)
            or (key.startswith(("ct+labels:", "label:")) and assets.labels is not before.labels)
            or (key.startswith("mesh:") and self._mesh_changed(key[5:], before))
        ]
        for key in stale:
            self.backend.release(key)
            self._uploaded.discard(key)

    def _mesh_changed(self, name: str, before: SceneAssets) -> bool:
        return self._assets.meshes.get(name) is not before.meshes.get(name)

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
        `with_look`: with what a view shows of it; mono levels may then lack their line integral.

        Raises RenderError for a structure that the labels lack, BackendError for what a backend
        cannot do.
        """
        camera = camera_of(scene.carm, size) if camera is None else camera
        tools = [
            tool
            for tool in scene.tools
            if tool.visible
            and tool.name in self._assets.meshes
            and self._assets.meshes[tool.name].is_closed
        ]
        request = ProjectionRequest(
            camera=camera,
            fields=self._fields(scene),
            labels=tuple(self._label(name) for name in structures),
            meshes=tuple(
                PlacedMesh(self._mesh(tool.name), np.array(tool.world_from_tool), tool.priority)
                for tool in tools
            ),
            quality=quality,
        )
        metals = tuple(tool.material for tool in tools)
        integral: Image | None = None
        photons: float | None = None
        mas: float | None = None
        if scene.level == "realistic":
            made, exposure = self._exposed(scene, request, metals, image_index, previous, with_look)
            photons, mas = exposure.photons, exposure.mas
        else:
            made, integral = self._mono(scene, request, metals, with_look)
        result, shown = made.projection, made.shown
        if with_look and shown is None:
            shown = look_of(made.signal, scene, camera, self.threads)
        return Radiograph(
            camera=camera,
            level=scene.level,
            signal=made.signal,
            line_integral=integral,
            structures_mm={name: result.labels_mm[self._label_key(name)] for name in structures},
            tools_mm={tool.name: path for tool, path in zip(tools, result.whole_mm, strict=True)},
            first_metal_mm=result.first_mm,
            photons=photons,
            mas=mas,
            backend=result.backend,
            shown=shown,
        )

    def structure_paths_mm(
        self, scene: Scene, structures: Sequence[str], size: int | None = None
    ) -> dict[str, Image]:
        """Path length (h, w) through each named structure, as a still image has it, and no more.

        Raises RenderError for a structure that the labels lack.
        """
        labels = tuple(self._label(name) for name in structures)
        request = ProjectionRequest(camera_of(scene.carm, size), labels=labels)
        paths = self.backend.project(request).labels_mm
        return {name: paths[self._label_key(name)] for name in structures}

    def _exposed(
        self,
        scene: Scene,
        request: ProjectionRequest,
        metals: Sequence[str],
        image_index: int,
        previous: Image | None,
        with_look: bool,
    ) -> tuple[Exposed, Exposure]:
        """The projection and what the detector made of it, on the backend's device if it can."""
        if isinstance(self.backend, ExposingBackend):
            what = self._ingredients(scene, request, metals)
            try:
                return expose_on(
                    self.backend, request, scene, what, image_index, previous, with_look
                )
            except NotExposingError as error:
                log.debug("the imaging chain goes to the CPU: %s", error)
        result = self.backend.project(request)
        paths = list(zip(metals, result.meshes_mm, strict=True))
        passed = self._passed(scene, request.camera, result, paths)
        exposure = expose(
            scene,
            request.camera,
            passed,
            request.quality,
            image_index,
            self.threads,
            previous,
        )
        return Exposed(result, exposure.signal, exposure.photons), exposure

    def _ingredients(
        self, scene: Scene, request: ProjectionRequest, metals: Sequence[str]
    ) -> Ingredients:
        plan = fields_of(scene.matter)
        made_of = [material(name) for name in metals]
        materials = (*plan.materials, *made_of)
        n_fields = len(request.fields)
        tissues = [request.fields.index(k) if k in request.fields else -1 for k in plan.keys]
        densities = [0.1 * item.density_g_cm3 for item in made_of]
        amounts = np.zeros(len(materials), dtype=np.float32)
        table: Slab | None = None
        if scene.table.is_shown:
            place = table_place_mm(scene, self._assets)
            table = table_slab(scene.table, request.camera, *place)
            mixed = mixture_of(material("aluminium"), plan.basis).amounts
            amounts[: len(mixed)] = mixed
        return Ingredients(
            materials,
            np.array([*tissues, *range(n_fields, n_fields + len(made_of))], dtype=np.int32),
            np.array([0.1] * len(tissues) + densities, dtype=np.float32),
            2,
            partial(self._exit_gap_mm, scene, request.camera),
            self._object_mm(scene, request.camera),
            table,
            amounts,
        )

    def _mono(
        self, scene: Scene, request: ProjectionRequest, metals: Sequence[str], with_look: bool
    ) -> tuple[Exposed, Image | None]:
        """The projection with its signal, and the line integral where it is on the host."""
        camera = request.camera
        per_mm = [material(name).attenuation_per_mm() for name in metals]
        if with_look and isinstance(self.backend, ExposingBackend):
            try:
                look = live_look(scene, camera)
                return mono_on(self.backend, request, per_mm, look), None
            except NotExposingError as error:
                log.debug("the signal is made on the CPU: %s", error)
        result = self.backend.project(request)
        total = np.zeros((camera.height, camera.width), dtype=np.float32)
        for key in request.fields:
            total = total + result.fields[key]
        for rate, path_mm in zip(per_mm, result.meshes_mm, strict=True):
            total = total + path_mm * np.float32(rate)
        return Exposed(result, exp_minus(total, self.threads), 1.0), total

    def _passed(
        self,
        scene: Scene,
        camera: Camera,
        result: Projection,
        paths: Sequence[tuple[str, Image]],
    ) -> Passed:
        plan = fields_of(scene.matter)
        metals = [material(name) for name, _ in paths]
        materials = (*plan.materials, *metals)
        areal = np.zeros((len(materials), camera.height, camera.width), dtype=np.float32)
        for n, key in enumerate(plan.keys):
            if key in result.fields:
                # g/cm3 * mm -> g/cm2
                np.multiply(result.fields[key], np.float32(0.1), out=areal[n])
        for n, (metal, (_, path_mm)) in enumerate(zip(metals, paths), len(plan.keys)):
            np.multiply(path_mm, np.float32(0.1 * metal.density_g_cm3), out=areal[n])
        if scene.table.is_shown:
            place = table_place_mm(scene, self._assets)
            table = table_areal(scene.table, camera, *place, self.threads)
            # As a mixture of the basis it costs nothing; ln T is as good as with aluminium itself.
            amounts = mixture_of(material("aluminium"), plan.basis).amounts
            for part, amount in zip(areal, amounts, strict=False):
                part += table * np.float32(amount)
        return Passed(
            materials, areal, 2, self._exit_gap_mm(scene, camera), self._object_mm(scene, camera)
        )

    def _exit_gap_mm(self, scene: Scene, camera: Camera) -> float:
        """From the patient's exit to the detector; 0 where nothing scatters."""
        if self._assets.ct is None or not scene.detector.scatter:
            return 0.0
        if self._coarse is None:
            self._coarse = CoarseMatter.of(self._assets.ct, self.threads)
        return self._coarse.exit_gap_mm(camera)

    def _object_mm(self, scene: Scene, camera: Camera) -> float | None:
        """Distance from the source to the middle of the CT, else of the tools; None for nothing."""
        if self._assets.ct is not None:
            middle = self._assets.ct.grid.centre_mm
        elif scene.tools:
            places = [np.array(tool.world_from_tool)[:3, 3] for tool in scene.tools]
            middle = np.mean(places, axis=0)
        else:
            return None
        return float(camera.project(middle)[1][0])

    def _fields(self, scene: Scene) -> tuple[str, ...]:
        """The keys of the fields that the level needs, each uploaded."""
        ct = self._assets.ct
        if ct is None:
            return ()
        if scene.level != "realistic":
            key, maker = MONO_FIELDS[scene.level]
            if key not in self._uploaded:
                self._upload(key, maker(ct))
            return (key,)
        plan = fields_of(scene.matter)
        kept = {key for key, _ in MONO_FIELDS.values()} | set(plan.keys)
        for key in [k for k in self._uploaded if k.startswith("ct") and k not in kept]:
            self.backend.release(key)
            self._uploaded.discard(key)
        if not self._uploaded.issuperset(plan.keys):
            made = plan.make(ct, self._assets.labels, self.threads)
            for key, density in zip(plan.keys, made, strict=True):
                self._upload(key, density)
        return plan.keys

    def _upload(self, key: str, density: Field) -> None:
        self.backend.upload_field(key, density)
        self._uploaded.add(key)

    def _label_key(self, name: str) -> str:
        return f"label:{name}"

    def _label(self, name: str) -> str:
        key = self._label_key(name)
        if key not in self._uploaded:
            labels: LabelMap | None = self._assets.labels
            if labels is None or not labels.ids_of(name):
                raise RenderError(f"the labels have no structure called {name!r}")
            self.backend.upload_field(key, mask_field(labels, name))
            self._uploaded.add(key)
        return key

    def _mesh(self, name: str) -> str:
        key = f"mesh:{name}"
        if key not in self._uploaded:
            self.backend.upload_mesh(key, self._assets.meshes[name])
            self._uploaded.add(key)
        return key
