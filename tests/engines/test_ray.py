"""The engine on a Ray cluster of two nodes on this machine, which have different caches; skipped without Ray."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.artifacts import load_weights
from dlfd_core.cli import main
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import select_compute
from dlfd_core.engines.opening import engine_named
from dlfd_core.engines.port import Engine
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.bank_files import model_file
from dlfd_core.models.bank_items import BankSource, build_bank_with
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.training import Recipe
from tests.engines import items
from tests.small import CPU, small_data, write_as_folder

ray_cluster = pytest.importorskip("ray.cluster_utils", reason="needs Ray: pip install -r requirements-ray.txt")
ray_engine = pytest.importorskip("dlfd_core.engines.ray_engine", reason="needs Ray")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of this process and of the first node, with the small data set; the second node has an empty one."""
    folder = tmp_path_factory.mktemp("home")
    write_as_folder(small_data(), folder / "faces")
    return folder


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[str]:
    """Address of a cluster of two nodes with one core each; HOME/cache-1 and HOME/cache-2 are their caches."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    (home / "empty").mkdir()
    nodes = ray_cluster.Cluster()
    try:
        for number, folder in [(1, home), (2, home / "empty")]:
            variables = {"DLFD_CACHE": str(home / f"cache-{number}"), "HOME": str(folder)}
            nodes.add_node(num_cpus=1, num_gpus=0, object_store_memory=100_000_000, env_vars=variables)
        yield f"ray:{nodes.address}"
    finally:
        nodes.shutdown()


@pytest.fixture(autouse=True)
def places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home and the cache of this process; the precision of the first run holds for all."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DLFD_CACHE", str(home / "cache-here"))


@pytest.fixture(scope="class")
def engine(cluster: str) -> Iterator[Engine]:
    """One connection to the cluster."""
    with engine_named(cluster) as opened:
        yield opened


class TestEngine:
    """Items on one connection to the cluster, whose workers are kept."""

    def test_every_item_has_its_result_one_thread_and_the_precision_of_this_process(self, engine: Engine) -> None:
        assert sorted(engine.map(items.square, range(5))) == [(number, number**2) for number in range(5)]
        precision = "float32" if select_compute("cpu").autocast_dtype is None else "bfloat16"
        assert [result for _, result in engine.map(items.threads, [0, 1])] == [(1, precision)] * 2

    def test_a_worker_that_is_killed_costs_only_its_item(self, engine: Engine, tmp_path: Path) -> None:
        found = dict(engine.map(items.die_once, [(number, tmp_path) for number in range(6)]))
        assert sorted(found.values()) == list(range(6)) and (tmp_path / "killed").exists()
        assert Counter((tmp_path / "calls").read_text().split()) == Counter("0122345")

    def test_a_prepared_file_is_in_the_cache_of_every_node_and_here(self, engine: Engine, home: Path) -> None:
        engine.prepare(items.write, [0], items.made)
        text = (home / "cache-here" / "made" / "file").read_text()
        found = {result for _, result in engine.map(items.cache_of, range(6))}
        assert found == {(home / f"cache-{number}", text) for number in (1, 2)}
        engine.prepare(items.write, [1], items.made)  # it is there already, and is not written again
        assert (home / "cache-here" / "made" / "file").read_text() == text

    def test_a_bank_has_the_same_files_as_on_the_local_engine(self, engine: Engine, home: Path, tmp_path: Path) -> None:
        data = load_data(f"folder:{home / 'faces'}")
        source = BankSource(f"folder:{home / 'faces'}", data.digest, "place", "slim_resnet", "cpu")
        spec = ModelSpec(prepare_task(data, "place"), "slim_resnet", CPU)
        recipe = Recipe(epochs=1, batch_size=16, lr=0.01)
        logs = list(build_bank_with(spec, recipe, tmp_path / "ray", engine=engine, source=source, models=4))
        assert [(log.step, log.total) for log in logs] == [(number, 4) for number in (1, 2, 3, 4)]
        with engine_named("local", 1) as local:
            list(build_bank_with(spec, recipe, tmp_path / "local", engine=local, source=source, models=4))
        for number in range(4):
            one, two = (load_weights(model_file(tmp_path / name, number)) for name in ("ray", "local"))
            assert one[1] == two[1] and len(one[1]["content_sha256"]) == 64  # the bytes hold metadata in any order
        other = replace(source, digest="of other photos")
        with pytest.raises(InvalidRequest, match="are not those that this bank was started with"):
            list(build_bank_with(spec, recipe, tmp_path / "other", engine=engine, source=other, models=4))

    def test_a_refused_item_names_the_node(self, engine: Engine) -> None:
        with pytest.raises(InvalidRequest, match=r"On the node .*\d+\.\d+\.\d+\.\d+.*: Two is not allowed\."):
            list(engine.map(items.refuse, [1, 2, 3]))

    def test_a_node_without_the_data_is_named(self, engine: Engine) -> None:
        with pytest.raises(InvalidRequest, match=r"On the node .*: .*faces"):
            list(engine.map(items.photos, ["folder:~/faces", "folder:~/faces?unique"] * 3))

    def test_a_node_without_a_module_is_one_sentence(
        self, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "only_here.py").write_text("def same(item):\n    return item\n")
        monkeypatch.syspath_prepend(tmp_path)
        from only_here import same  # type: ignore[import-not-found]

        with pytest.raises(InvalidRequest, match=r"cannot import what an item needs \(No module named 'only_here'\)"):
            list(engine.map(same, [1]))

    def test_an_item_that_kills_its_worker_each_time_is_one_sentence(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ray_engine, "RETRIES", 0)  # each start of a worker takes seconds
        with pytest.raises(InvalidRequest, match=r"has lost its worker, also when it was started 0 times again"):
            list(engine.map(items.die, [1]))


class TestBenchmark:
    """The command ``benchmark`` on the cluster."""

    @pytest.fixture
    def words(self, home: Path) -> list[str]:
        return [
            "benchmark", "--data", f"folder:{home / 'faces'}", "--task", "place", "--methods", "neg_grad",
            "--backbones", "slim_resnet", "--picks", "1", "--seeds", "3", "--people", "3", "--epochs", "2",
        ]  # fmt: skip

    def test_a_killed_driver_goes_on_where_it_was_and_the_tables_are_those_of_the_local_engine(
        self, cluster: str, words: list[str], tmp_path: Path
    ) -> None:
        out = tmp_path / "ray"
        on_ray = [*words, "--engine", cluster, "--out", str(out)]
        driver = subprocess.Popen(
            [sys.executable, "-m", "dlfd_core", *on_ray], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        assert driver.stderr is not None
        assert any(line.startswith("[1/6") for line in driver.stderr)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        driver.stderr.close()
        kept = (out / "runs.jsonl").read_text()
        assert 1 <= kept.count("\n") < 6
        assert main(on_ray) == 0
        runs = (out / "runs.jsonl").read_text()
        assert runs.startswith(kept[: kept.rfind("\n") + 1]) and runs.count("\n") == 6

        assert main([*words, "--jobs", "1", "--out", str(tmp_path / "local")]) == 0
        assert results(out) == results(tmp_path / "local")
        assert table(out) == table(tmp_path / "local")


def results(out: Path) -> dict[str, Any]:
    """Result of each finished run without its seconds."""
    rows = [json.loads(line) for line in (out / "runs.jsonl").read_text().splitlines()]
    return {json.dumps(row["cell"], sort_keys=True): row["result"] | {"seconds": 0} for row in rows}


def table(out: Path) -> list[str]:
    """Lines of the table without its last column, the seconds."""
    lines = (out / "table.md").read_text().splitlines()
    return [line.rpartition("|")[0].rpartition("|")[0] for line in lines if line.startswith("|")]


class TestBadClusters:
    """Clusters that cannot be used: one sentence, exit code 2."""

    def test_no_node_has_a_gpu(self, cluster: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        words = ["benchmark", "--data", "folder:~/faces", "--task", "place", "--methods", "neg_grad", "--people", "3"]
        assert main([*words, "--device", "cuda", "--engine", cluster, "--out", str(tmp_path)]) == 2
        said = capfd.readouterr().err.strip()
        assert said.startswith("No node of the cluster can hold a run, which needs one core and 0.25 of a GPU")
        assert "\n" not in said

    @pytest.mark.parametrize("address", ["127.0.0.1:9", "nonsense", "host.invalid:6379", "127.0.0.1:port"])
    def test_no_cluster_there(self, address: str) -> None:
        started = time.monotonic()
        with pytest.raises(InvalidRequest, match=f"There is no Ray cluster to use at {address} "):
            engine_named(f"ray:{address}").__enter__()
        assert time.monotonic() - started < 12
