"""The engine of one machine, the choice of an engine, and the lock on a folder of results."""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch

from dlfd_core.engines.one_run import only_run
from dlfd_core.engines.opening import engine_named
from dlfd_core.engines.options import add_engine_options, check_engine
from dlfd_core.errors import InvalidRequest
from tests.engines import items

ROOT = Path(__file__).resolve().parents[2]


def test_a_single_job_runs_here_and_in_order_and_the_number_of_threads_is_restored() -> None:
    torch.set_num_threads(2)
    with engine_named("local", 1) as engine:
        assert list(engine.map(items.square, [3, 1, 2])) == [(3, 9), (1, 1), (2, 4)]
        assert next(engine.map(items.threads, [0]))[1][0] == 1
    assert torch.get_num_threads() == 2


@pytest.mark.slow
def test_several_processes_have_one_thread_each_and_one_that_dies_is_one_sentence() -> None:
    with pytest.raises(InvalidRequest, match=r"ended without a result.*--jobs 1"), engine_named("local", 2) as engine:
        assert sorted(engine.map(items.square, range(5))) == [(number, number**2) for number in range(5)]
        assert [result[0] for _, result in engine.map(items.threads, [0, 1])] == [1, 1]
        list(engine.map(items.die, [1]))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_processes_end_with_the_one_that_started_them() -> None:
    """Also where that one is killed, and so cannot end them: their common standard output is closed by the last."""
    program = (
        "import sys; from dlfd_core.engines.opening import engine_named; from tests.engines import items\n"
        "if __name__ == '__main__':\n"
        "    with engine_named('local', 2) as engine:\n"
        "        for _ in engine.map(items.sleep, [0.0, 0.0, 100.0, 100.0]): print('done', flush=True)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    )
    assert run.stdout is not None
    try:
        assert [run.stdout.readline() for _ in range(2)] == ["done\n"] * 2
        run.kill()
        run.communicate(timeout=30)  # the items sleep for 100 s, and without an end the processes wait for ever
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)


def test_a_prepared_file_is_in_the_cache_that_all_processes_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    with engine_named("local", 1) as engine:
        engine.prepare(items.write, [0], items.made)
        assert [result for _, result in engine.map(items.cache_of, [0])] == [(tmp_path, f"by {os.getpid()}")]


def test_an_error_of_an_item_ends_the_map_and_keeps_what_was_yielded() -> None:
    found = []
    with engine_named("local", 1) as engine, pytest.raises(InvalidRequest, match="Two is not allowed"):
        for _, result in engine.map(items.refuse, [1, 2, 3]):
            found.append(result)
    assert found == [1]


@pytest.mark.parametrize(
    ("engine", "jobs", "gpu_share", "words"),
    [
        ("dask", 0, 1, "Unknown engine 'dask'; choose one of: local, ray, ray:HOST:PORT."),
        ("local:1", 0, 1, "Unknown engine 'local:1'"),
        ("ray:", 0, 1, "Unknown engine 'ray:'"),
        ("local", -1, 1, "--jobs -1 is not between 0 and 256."),
        ("ray", 300, 1, "--jobs 300 is not between 0 and 256."),
        ("ray", 1, 0, "--gpu-share 0 is not above 0 and at most 1."),
        ("ray", 1, 1.5, "--gpu-share 1.5 is not above 0 and at most 1."),
        ("ray", 1, float("nan"), "--gpu-share nan is not above 0 and at most 1."),
    ],
)
def test_bad_options_are_one_sentence(engine: str, jobs: int, gpu_share: float, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused, engine_named(engine, jobs, gpu_share=gpu_share):
        pass
    assert words in str(refused.value)


def test_the_options_have_sound_defaults() -> None:
    parser = argparse.ArgumentParser()
    add_engine_options(parser)
    options = parser.parse_args([])
    check_engine(options.engine, options.jobs, options.gpu_share)
    assert (options.engine, options.jobs) == ("local", 0)


def test_without_ray_the_sentence_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "dlfd_core.engines.ray_engine", raising=False)
    with pytest.raises(InvalidRequest, match=r"needs Ray, .* requirements-ray.txt"), engine_named("ray"):
        pass


def test_ray_is_imported_in_one_module_which_is_imported_late() -> None:
    trees = {path.name: ast.parse(path.read_text()) for path in (ROOT / "dlfd_core").rglob("*.py")}
    at_the_top = {name: set(names(tree.body)) for name, tree in trees.items()}
    anywhere = {name: set(names(ast.walk(tree))) for name, tree in trees.items()}
    assert [name for name, found in anywhere.items() if "ray" in found] == ["ray_engine.py"]
    assert [name for name, found in anywhere.items() if "dlfd_core.engines.ray_engine" in found] == ["opening.py"]
    assert "dlfd_core.engines.ray_engine" not in at_the_top["opening.py"]


def names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Modules that these statements import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_a_second_run_on_the_same_results_is_refused_and_a_lock_of_a_killed_run_is_not(tmp_path: Path) -> None:
    path = tmp_path / "new" / "runs.jsonl"
    program = (
        "import sys, time; from pathlib import Path; from dlfd_core.engines.one_run import only_run\n"
        "with only_run(Path(sys.argv[1])): print('locked', flush=True); time.sleep(100)"
    )
    run = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None and run.stdout.readline() == "locked\n"
    with pytest.raises(InvalidRequest, match=r"Another run is writing to .*runs.jsonl"), only_run(path):
        pass
    with only_run(path.with_name("others.jsonl")):
        pass
    run.kill()
    run.wait()
    with only_run(path):
        pass


def test_a_lock_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequest, match=r"file cannot be written to"), only_run(tmp_path / "file" / "runs.jsonl"):
        pass
