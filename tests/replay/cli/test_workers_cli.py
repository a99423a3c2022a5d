"""Commands whose work is done by Dask: by workers that they start, and by those of a scheduler."""

import time

import pytest
from damage import record
from needs import needed
from toys import COUNTER

from replay.core.errors import MachineError
from replay.core.installed import VARIABLE
from replay.prove.batch import spread
from replay.prove.workers import dask_workers

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(monkeypatch):
    needed("distributed")
    from distributed import LocalCluster

    monkeypatch.setenv(VARIABLE, "toys:COUNTER")
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:
        yield cluster


def test_a_cluster_does_the_work_wherever_one_stands(call, cluster, tmp_path, monkeypatch):
    for number in range(3):
        record(tmp_path / f"{number}.replay", COUNTER, ticks=60, seed=number)
    monkeypatch.chdir(tmp_path)  # where the worker does not stand
    by = ("--cluster", cluster.scheduler_address)
    code, out, err = call("verify", ".", "--no-cache", *by)
    assert code == 0 and out.count("ok  ") == 3 and "3 recordings" in err, err
    assert call("index", ".", *by)[0] == 0 and call("ls")[1].count(".replay") == 3
    assert call("scan", ".", "--when", "tick == 5", *by)[1].count("@5") == 3
    assert call("tables", ".", "-o", "tables", *by)[0] == 0
    code, _, err = call("cover", ".", "--rules", "toys", *by)
    assert code == 6 and "REPLAY_ENGINE=interpreter" in err  # that of this worker is not
    with pytest.raises(MachineError, match="is gone"), dask_workers(cluster.scheduler_address) as executor:
        for number, _ in enumerate(spread(time.sleep, [0.05] * 200, None, jobs=1, executor=executor)):
            if number == 9:
                cluster.close()


def test_workers_are_started_for_one_command(call, tmp_path, monkeypatch):
    needed("distributed")
    monkeypatch.setenv(VARIABLE, "toys:COUNTER")
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a.replay", COUNTER, ticks=60)
    code, out, _ = call("cover", "a.replay", "--rules", "toys", "--workers", 1)
    assert code == 0 and out.startswith("a.replay ")
    code, _, err = call("verify", "a.replay", "--jobs", 2, "--workers", 1)
    assert code == 2 and "exclude each other" in err
