"""The command line as a person meets it."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from synthex_gui.cli import main as cli_main
from synthex_gui.cli import scene_arguments
from synthex_gui.cli.advice import advice
from synthex_gui.cli.main import COMMANDS, build_parser, main


def test_no_command_imports_qt():
    code = (
        "import sys; from synthex_gui.cli.main import build_parser; build_parser();"
        "import synthex_gui.export.run, synthex_gui.physics.render;"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_exit_codes(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "example" in text
    assert "exit code" in text


def test_render_writes_the_raw_image_and_its_record(small_project, tmp_path):
    out = tmp_path / "ap.tif"
    ct = str(small_project.parent / "ct.nii.gz")
    assert main(["render", "--ct", ct, "--level", "naive", "--size", "64", "--out", str(out)]) == 0
    image = tifffile.imread(out)
    assert image.shape == (64, 64)
    assert image.dtype == np.float32
    # 80 mm of water straight through, the rod beside: mu_water 0.02059/mm.
    assert np.median(image[20:44, 38:44]) == pytest.approx(80 * 0.02059, rel=0.02)
    record = json.loads((tmp_path / "ap.tif.json").read_text())
    assert record["quantity"] == "line-integral"
    assert record["camera"]["width"] == 64
    assert record["camera"]["joints"]["orbital_deg"] == 0


def test_a_mesh_alone_renders_its_path_length(tmp_path):
    import trimesh

    path = tmp_path / "cube.stl"
    trimesh.creation.box((10, 10, 10)).export(path)
    out = tmp_path / "path.tif"
    arguments = ["render", "--mesh", f"{path}:Ti6Al4V", "--quantity", "path-mm:cube"]
    assert main([*arguments, "--size", "128", "--out", str(out)]) == 0
    assert tifffile.imread(out).max() == pytest.approx(10.0, abs=0.01)


def test_size_with_camera_and_a_wrong_ending_are_wrong_usage(tmp_path, capsys):
    assert main(["render", "--camera", "c.json", "--size", "9", "--out", "x.png"]) == 2
    assert main(["render", "--out", "x.jpg"]) == 2
    assert "--out" in capsys.readouterr().err


def test_errors_are_one_line_that_names_the_file(tmp_path, capsys):
    missing = tmp_path / "nothing.nii.gz"
    assert main(["render", "--ct", str(missing), "--out", str(tmp_path / "x.png")]) == 1
    error = capsys.readouterr().err.strip()
    assert "nothing.nii.gz" in error
    assert len(error.splitlines()) == 1


def test_a_view_beyond_reach_is_rendered_with_a_warning(small_project, tmp_path, capsys):
    ct = str(small_project.parent / "ct.nii.gz")
    arguments = ["render", "--ct", ct, "--view", "pa", "--device", "innova-3100", "--size", "32"]
    assert main([*arguments, "--out", str(tmp_path / "x.png")]) == 0
    assert "free pose" in capsys.readouterr().err
    camera = json.loads((tmp_path / "x.png.json").read_text())["camera"]
    assert camera["joints"] is None
    assert camera["source_isocentre_mm"] == 720


def test_new_export_and_verify_go_together(small_project, tmp_path, capsys):
    folder = small_project.parent
    project = tmp_path / "p.synthex"
    arguments = ["new", "--ct", str(folder / "ct.nii.gz"), "--labels"]
    assert main([*arguments, str(folder / "labels.nii.gz"), "--out", str(project)]) == 0
    out = tmp_path / "set"
    assert main(["export", str(project), "--out", str(out), "--count", "2", "--size", "32"]) == 0
    assert main(["verify", str(out)]) == 0
    (out / "coco.json").unlink()
    assert main(["verify", str(out)]) == 3
    assert "missing: coco.json" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["render", "--size", "x", "--out", "a.tif"],
        ["render", "--level", "best", "--out", "a.tif"],
        ["render", "--mas", "1", "--photons", "9", "--out", "a.tif"],
        ["nonsense"],
        [],
    ],
)
def test_wrong_usage_is_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_wrong_camera_file_is_named(small_project, tmp_path, capsys):
    path = tmp_path / "mirror.json"
    path.write_text(
        json.dumps(
            {
                "K": [[300, 0, 5], [0, 300, 5], [0, 0, 1]],
                "R": [[-1, 0, 0], [0, 1, 0], [0, 0, 1]],
                "t": [0, 0, 500],
                "width": 10,
                "height": 10,
            }
        )
    )
    ct = str(small_project.parent / "ct.nii.gz")
    out = str(tmp_path / "x.tif")
    assert main(["render", "--ct", ct, "--camera", str(path), "--out", out]) == 1
    error = capsys.readouterr().err.strip()
    assert "mirror.json" in error
    assert "determinant -1" in error


def test_a_joint_that_is_no_number_is_one_line(small_project, tmp_path, capsys):
    ct = str(small_project.parent / "ct.nii.gz")
    out = str(tmp_path / "x.tif")
    assert main(["render", "--ct", ct, "--joints", "orbital_deg=nan", "--out", out]) == 1
    assert "orbital_deg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("device", "sdd_mm", "warning"),
    [((), 1800.0, ""), (("--device", "cios-fusion"), 1020.0, "cannot set the 1800 mm")],
)
def test_a_chest_is_taken_at_1800_mm_near_the_panel_where_the_device_can(
    small_project, tmp_path, capsys, device, sdd_mm, warning
):
    out = tmp_path / "chest.tif"
    ct = str(small_project.parent / "ct.nii.gz")
    arguments = ["render", "--ct", ct, "--view", "chest-pa", "--level", "naive", "--size", "32"]
    assert main([*arguments, *device, "--out", str(out)]) == 0
    assert warning in capsys.readouterr().err
    camera = json.loads((tmp_path / "chest.tif.json").read_text())["camera"]
    assert camera["sdd_mm"] == sdd_mm
    # 430 mm of panel must show 350 mm of chest, or the sides of the ribs are cut off.
    shown = 430 * camera["source_isocentre_mm"] / camera["sdd_mm"]
    assert shown > 350 or device


@pytest.mark.parametrize(
    ("text", "path", "pose"),
    [
        ("C:\\tools\\screw.stl:lead", "C:\\tools\\screw.stl", None),
        ("C:\\tools\\screw.stl:lead:C:\\p.json", "C:\\tools\\screw.stl", "C:\\p.json"),
        ("C:/tools/screw.stl:Al2O3@3.95:d:/p.json", "C:/tools/screw.stl", "d:/p.json"),
        ("screw.stl:lead:/p.json", "screw.stl", "/p.json"),
        ("screw.stl:lead:p.JSON", "screw.stl", "p.JSON"),
    ],
)
def test_a_mesh_argument_splits_at_its_last_colons(monkeypatch, text, path, pose):
    opened = []
    data = {"world_from_tool": np.eye(4).tolist()}
    monkeypatch.setattr(scene_arguments, "_json", lambda name: opened.append(name) or data)
    tool = scene_arguments._tool(text, None, "mesh-1")
    assert tool.source.path.endswith(path)
    assert opened == ([] if pose is None else [pose])


@pytest.mark.parametrize(
    "matrix",
    [
        "x",
        None,
        [["a"] * 4] * 4,
        [[1, 0], [1]],
        np.eye(3).tolist(),
        (2 * np.eye(4)).tolist(),
        np.diag([1.0, 1, 0, 1]).tolist(),
    ],
)
def test_a_pose_that_is_none_is_one_line_that_names_the_file(tmp_path, capsys, matrix):
    pose = tmp_path / "pose.json"
    pose.write_text(json.dumps({"world_from_tool": matrix}))
    arguments = ["render", "--mesh", f"cup.stl:CoCr:{pose}", "--out", str(tmp_path / "x.tif")]
    assert main(arguments) == 1
    error = capsys.readouterr().err.strip()
    assert "pose.json" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--seed", "-1"], ["--spacing", "nan"], ["--set", "sex=x"]])
def test_a_phantom_that_cannot_be_is_refused_in_one_line(tmp_path, capsys, arguments):
    assert main(["phantom", "--out", str(tmp_path / "p"), *arguments]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "p").exists()


def test_a_mesh_of_no_plausible_size_asks_for_the_option(tmp_path, capsys):
    import trimesh

    path = tmp_path / "cube.stl"
    trimesh.creation.box((0.1, 0.1, 0.1)).export(path)
    out = ["--size", "64", "--out", str(tmp_path / "x.tif")]
    assert main(["render", "--mesh", f"{path}:lead", *out]) == 1
    assert capsys.readouterr().err.strip().endswith("give --mesh-unit mm|cm|m")
    assert main(["render", "--mesh", f"{path}:lead", "--mesh-unit", "m", *out]) == 0


def test_a_folder_of_two_series_names_them_and_takes_one(tmp_path, capsys):
    from synthex_gui.core.errors import SynthexError
    from synthex_gui.io.errors import SeriesChoiceError
    from synthex_gui.io.loaded import SeriesInfo

    both = tuple(SeriesInfo(uid, "", "CT", 9, 4, 4) for uid in ("1.2.3", "1.2.4"))
    text = advice(SeriesChoiceError(tmp_path / "dicom", both))
    assert text.endswith("choose one with --series UID: 1.2.3 (9 slices), 1.2.4 (9 slices)")
    assert advice(SynthexError("as it is")) == "as it is"
    arguments = ["info", str(tmp_path), "--series", "1.2.4"]
    assert main(arguments) == 1
    assert "no DICOM" in capsys.readouterr().err


def test_what_export_has_to_say_of_its_inputs_is_said(small_project, tmp_path, caplog):
    data = json.loads(small_project.read_text())
    data["scene"]["ct"]["sha256"] = "0" * 64
    changed = small_project.parent / "changed.synthex"
    changed.write_text(json.dumps(data))
    out = ["--out", str(tmp_path / "series"), "--count", "1", "--size", "32"]
    assert main(["export", str(changed), *out]) == 0
    assert "ct.nii.gz: is not the file that the project was saved with" in caplog.text


@pytest.mark.parametrize("wrong", ["device", "tool", "structure"])
def test_a_project_that_cannot_be_exported_leaves_no_folder_in_the_way(
    small_project, tmp_path, wrong
):
    data = json.loads(small_project.read_text())
    if wrong == "device":
        data["scene"]["carm"]["device"] = "x"
    elif wrong == "tool":
        data["scene"]["plan"]["tools"] = {"nothing": {}}
    else:
        data["scene"]["plan"]["structures"] = ["nothing"]
    broken = small_project.parent / f"broken-{wrong}.synthex"
    broken.write_text(json.dumps(data))
    out = ["--out", str(tmp_path / "series"), "--count", "1", "--size", "32"]
    assert main(["export", str(broken), *out]) == 1
    assert main(["export", str(small_project), *out]) == 0


@pytest.mark.parametrize("name", ["manifest.json", "journal.jsonl"])
def test_resuming_on_damage_is_one_line(small_project, tmp_path, capsys, name):
    folder = tmp_path / "series"
    folder.mkdir()
    (folder / name).write_text("{\n")
    arguments = ["export", str(small_project), "--out", str(folder), "--resume"]
    assert main(arguments) == 1
    assert name in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipe")
def test_a_reader_that_has_seen_enough_is_no_error():
    command = [sys.executable, "-m", "synthex_gui.cli.main", "devices"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("command", ["render --out a.png", "export a.synthex --out b"])
@pytest.mark.parametrize("choice", ["tpu", "cuda:", "cuda:1000", "cpu:1", ""])
def test_a_backend_that_does_not_exist_is_wrong_usage(command, choice, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--backend", choice])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert f"there is no backend {choice!r}; use auto, cpu, cuda or cuda:N" in said


@pytest.mark.parametrize("command", ["render --out a.png", "export a.synthex --out b"])
@pytest.mark.parametrize("choice", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
def test_a_backend_is_taken_by_its_name(command, choice):
    assert build_parser().parse_args([*command.split(), "--backend", choice]).backend == choice


def test_ctrl_c_while_the_commands_are_imported_is_one_line(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_main, "build_parser", interrupted)
    assert main(["devices"]) == 130
    assert capsys.readouterr().err == "synthex: interrupted\n"
