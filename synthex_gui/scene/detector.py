"""From the patient to the picture: scatter, grid, detector, processing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthex_gui.scene.frozen import Frozen


class AntiScatterGrid(Frozen):
    """A focused grid in front of the detector. `primary_transmission` and `scatter_transmission`
    hold on the central ray at the focus distance; elsewhere the ratio gives the cut-off.
    """

    is_in: bool = False
    ratio: float = Field(default=10.0, ge=2.0, le=20.0)
    focus_mm: float | None = Field(default=None, gt=100.0, le=5000.0)
    primary_transmission: float = Field(default=0.70, gt=0.0, le=1.0)
    scatter_transmission: float = Field(default=0.15, ge=0.0, le=1.0)


class Detector(Frozen):
    """What turns photons into counts.

    ``ideal-energy`` and ``ideal-count`` have no blur, quantisation or saturation; ``csi`` is a
    scintillator of `csi_mg_cm2` whose MTF is 1 / (1 + H f^2) (`mtf_h_mm2`) times the pixel's sinc.
    `electronic_noise_photons` rms of one of its pixels, in open-field photons; `gain_spread` the
    pixels' relative deviation, which the flat field takes out; `dead_pixels` a share of all, shown
    as the median of their neighbours; `lag` the part of the last frame's signal that stays, in a
    running sequence only, never in single or exported images; `saturation` in open-field signals;
    `bit_depth` of the counts, square-root coded, from 0 (none is negative) to there.
    `target_photons`: what exposure control gives the middle third of the image, as signal in
    open-field photons per 0.2 x 0.2 mm (1000 is about 1 uGy at 80 kVp; fluoroscopy takes 20 to 50 a
    frame). `scatter` holds for every kind.
    """

    kind: Literal["ideal-energy", "ideal-count", "csi"] = "csi"
    csi_mg_cm2: float = Field(default=200.0, ge=20.0, le=500.0)
    mtf_h_mm2: float = Field(default=0.25, ge=0.0, le=5.0)
    electronic_noise_photons: float = Field(default=5.0, ge=0.0, le=1e6)
    gain_spread: float = Field(default=0.0, ge=0.0, le=0.5)
    dead_pixels: float = Field(default=0.0, ge=0.0, le=0.01)
    lag: float = Field(default=0.0, ge=0.0, lt=0.5)
    saturation: float = Field(default=1.25, gt=0.0, le=100.0)
    bit_depth: int = Field(default=16, ge=8, le=16)
    target_photons: float = Field(default=1000.0, gt=0.0, le=1e7)
    scatter: bool = True


class Processing(Frozen):
    """The picture made of the signal, none of it in the raw image.

    ``raw`` linear signal; ``log`` its negative logarithm through a fixed window; ``clinical`` a
    fixed look-up table, multi-scale contrast and edge enhancement.
    """

    look: Literal["raw", "log", "clinical"] = "log"
    contrast: float = Field(default=1.0, ge=0.0, le=3.0)
    edge: float = Field(default=0.5, ge=0.0, le=3.0)
    bone_dark: bool = False
