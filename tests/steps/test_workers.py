"""Workers of a search share the cores among themselves."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os
import numpy as np
from joblib import cpu_count
from sklearn.model_selection import cross_validate
from sklearn_tagkd import TextGraph
from sklearn_tagkd.baselines import MLPClassifier


class Witness(MLPClassifier):
    def fit(self, X, y=None):
        super().fit(X, y)
        import torch
        from threadpoolctl import threadpool_info

        pools = [pool["num_threads"] for pool in threadpool_info()]
        self.threads_ = max([torch.get_num_threads(), *pools])
        self.process_ = os.getpid()
        return self


if __name__ == "__main__":
    graph = TextGraph(["a b", "c d"] * 20, [(0, 2), (1, 3)])
    model = Witness(encoder="hashing", hidden_dim=8, max_iter=5, progress=False)
    result = cross_validate(
        model, graph, [0, 1] * 20, cv=4, n_jobs=2, return_estimator=True
    )
    fitted = result["estimator"]
    assert os.getpid() not in {each.process_ for each in fitted}
    print(max(each.threads_ for each in fitted), cpu_count())
"""


def test_two_workers_start_no_more_threads_than_there_are_cores(tmp_path):
    script = tmp_path / "search.py"
    script.write_text(SCRIPT)
    # As users run it: tests themselves are held to one thread.
    environment = {
        k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")
    }
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-W", "ignore", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    n_threads, n_cores = map(int, run.stdout.split())
    assert 2 * n_threads <= max(2, n_cores)
