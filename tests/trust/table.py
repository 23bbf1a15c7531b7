"""What the program is trusted to survive, by a short name, and how often a full run tries it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A kind of fault; `tries` is how many a full run makes at least."""

    name: str
    fault: str
    tries: int


ROWS = (
    Row("I1", "damaged or cut volumes: no crash, no hang, no cut file loaded as whole", 3000),
    Row("I2", "damaged or cut meshes: no crash, no empty mesh, every index in range", 3600),
    Row("I3", "a file that is no CT where a CT is asked for: named or a choice offered", 10),
    Row("I4", "headers and archives that claim more than there is: refused early", 8),
    Row("I5", "oblique, tilted, left-handed, gaps, duplicates: right HU at known points", 12),
    Row("I6", "odd values (offsets, NaN, infinity, padding): said, and images stay finite", 8),
    Row("I7", "meshes open, inverted, in other units: 10 mm stay 10.00 mm, or refused", 10),
    Row("I8", "a mesh of five million triangles: loads while the window lives", 1),
    Row("I9", "paths with spaces, other alphabets, links, 200 characters", 5),
    Row("I10", "decimal commas of the system: the same numbers and bytes", 2),
    Row("I11", "time zones and clocks set back: nothing is chosen by the clock", 4),
    Row("E1", "an export killed at any time: resumed to the same bytes", 100),
    Row("E2", "every write of an export fails once: said by name, resumed to the same bytes", 60),
    Row("E3", "a full disk: estimated before, named, resumed", 6),
    Row("E4", "a folder that goes or becomes read-only in mid-run", 4),
    Row("E5", "flipped bits, lost and added files: all listed and no others", 108),
    Row("E6", "workers, threads, hash seeds, processes: the same bytes", 18),
    Row("E7", "streams of random numbers: pinned, a change of NumPy's is noticed", 3),
    Row("E8", "projects killed while saved, damaged, newer, open twice", 100),
    Row("E9", "settings damaged in every way: the program starts", 30),
    Row("E10", "projects that name files elsewhere: nothing written outside", 6),
    Row("E11", "names of a patient planted in inputs: in no byte written", 12),
    Row("E12", "files that would run code: nothing runs", 6),
    Row("E13", "an export made again from its manifest alone: the same bytes", 5),
    Row("R1", "no GPU, no CuPy, a broken one, an old driver: starts on the CPU and says so", 5),
    Row("R2", "a GPU out of memory or lost at any call: the image is made, and recorded", 20),
    Row("R3", "worker processes that die: replaced, then reported with file and image", 50),
    Row("R4", "errors in what the window calls: said, logged, the window goes on", 20),
    Row("R5", "long use: neither memory nor handles grow", 2500),
    Row("R6", "loading, exporting, verifying: the window answers", 3),
    Row("R7", "the log: bounded, without names and paths of patients", 2),
)
