"""Three people of a few voxels each, on disk, and projects that are experiments on them."""

import json

import numpy as np
import pytest
from three_people import MARKS, NAMES, person


@pytest.fixture(scope="session")
def people_folder(tmp_path_factory):
    """Three people, each farther to the left and of denser bone: CT, label map, landmarks."""
    import nibabel as nib

    folder = tmp_path_factory.mktemp("people")
    for number, name in enumerate(NAMES):
        shift = np.array([40.0 * number, 0.0, 0.0])
        ct = person(shift, 1000 + 400 * number)
        ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ ct.grid.world_from_voxel
        bone = (ct.values >= 1000).astype(np.uint8)
        for what, values in (("", ct.values), ("_seg", bone)):
            nib.save(
                nib.Nifti1Image(values.transpose(2, 1, 0), ras), folder / f"{name}{what}.nii.gz"
            )
        (folder / f"{name}_seg.csv").write_text("id,name,color,group\n1,rod,#ff0000,\n")
        marks = [
            {"name": mark, "position": [x + float(shift[0]), y, z]}
            for mark, (x, y, z) in MARKS.items()
        ]
        text = json.dumps({"frame": "LPS", "unit": "mm", "landmarks": marks})
        (folder / f"{name}.json").write_text(text)
    return folder


@pytest.fixture(scope="session")
def cases(people_folder):
    """The three as cases, the last one for validation."""
    from synthex_gui.io.landmarks import read_landmarks
    from synthex_gui.scene.cases import Case
    from synthex_gui.scene.sources import FileSource, LandmarkItem

    return tuple(
        Case(
            name=f"case-{number:02d}",
            ct=FileSource(path=str(people_folder / f"{name}.nii.gz")),
            labels=FileSource(path=str(people_folder / f"{name}_seg.nii.gz")),
            landmarks=tuple(
                LandmarkItem.of(item)
                for item in read_landmarks(people_folder / f"{name}.json").landmarks
            ),
            split="valid" if name == NAMES[-1] else "train",
        )
        for number, name in enumerate(NAMES, start=1)
    )


@pytest.fixture
def study_scene(cases):
    """A function from the fields of a study to a scene with that plan on the three people."""
    from synthex_gui.scene.devices import device_by_id
    from synthex_gui.scene.edits import new_carm
    from synthex_gui.scene.model import Scene
    from synthex_gui.scene.plan import SeriesPlan
    from synthex_gui.scene.study import Anchor, Study

    def make(count=6, seed=5, size=48, tools=(), **fields):
        anchor = Anchor(kind="midpoint", names=("FH-l", "FH-r"))
        study = Study(**{"cases": cases, "anchor": anchor} | fields)
        plan = SeriesPlan(count=count, seed=seed, size=size, study=study)
        carm = new_carm(device_by_id("cios-fusion"), [0.0, 0.0, 0.0])
        return Scene(carm=carm, tools=tools, plan=plan, ct=cases[0].ct, labels=cases[0].labels)

    return make
