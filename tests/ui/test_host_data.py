"""``app.py`` on a small copy of MUFAC with another network: from the options of the host to a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradio_client import Client  # type: ignore[import-untyped]

from dlfd_core.cli.page import make_ready, read_options
from dlfd_core.data import mufac
from dlfd_core.models.training import default_recipe
from dlfd_core.service import UnlearningService
from dlfd_core.ui.launch import launch_page
from tests.data.copies import write_face

BACKBONE = "resnet18"
#: Part -> its first family and number of families; each family is one person, with a photo of each class.
FAMILIES = {"train": (1, 8), "val": (801, 5), "test": (851, 5)}
CLASSES = "abcdefgh"


def write_mufac(root: Path) -> Path:
    """Write photos and tables as published."""
    for part, (first, count) in FAMILIES.items():
        rows = ["family_id,person_id,age_class,image_path"]
        for family in range(first, first + count):
            for number, age in enumerate(CLASSES):
                name = f"F{family:04d}_AGE_D_18_{age}{number}.jpg"
                write_face(root / f"{part}_images" / name, 100 * family + number)
                rows.append(f"F{family:04d},D,{age},{name}")
        (root / f"custom_{part}_dataset.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.mark.slow
@pytest.mark.usefixtures("few_steps")
def test_a_small_copy_of_mufac_is_forgotten_from_with_resnet18(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mufac, "PUBLISHED_ROWS", 16)
    name = f"mufac:{write_mufac(tmp_path / 'mufac')}"
    options = read_options(["--data", name, "--backbone", BACKBONE, "--device", "cpu"], {})
    service = UnlearningService(default_recipe(BACKBONE, 1))
    make_ready(service, options)
    assert f"{BACKBONE}: 8 people" in capsys.readouterr().err
    page, url = launch_page(service, host="127.0.0.1", quiet=True)
    try:
        client = Client(url, verbose=False)
        (offer,) = client.predict(api_name="/catalog")["offers"]
        assert (offer["data"], offer["backbone"]) == (name, BACKBONE)
        people = [person["id"] for person in offer["people"][:2]]
        answer = client.predict(people=people, knobs={"epochs": 1}, control=False, api_name="/forget")
        report = answer["report"]
        assert (report["request"]["data"], report["request"]["backbone"]) == (name, BACKBONE)
        assert report["data"]["photos"]["forget"] == 2 * len(CLASSES) and "unlearned" in report["scores"]
    finally:
        page.close(verbose=False)
