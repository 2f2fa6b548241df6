"""A linear map that does not care how many rows ask."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.fitted import FittedNetwork
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.networks.build import build_network


@pytest.mark.parametrize("backbone", ["mlp", "decoupled", "gcn", "sage"])
def test_an_answer_does_not_depend_on_who_else_is_asked(backbone):
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 40)).astype(np.float32)
    network = build_network(NetworkConfig(backbone, 40, 64, 3, 2, 10, 0.1, 0.5))
    weights = {name: w.numpy() for name, w in network.state_dict().items()}
    fitted = FittedNetwork(network.config, weights)
    lonely = csr_array((300, 300), dtype=np.float32)

    def ask(nodes):  # each a graph of its own
        own = NetworkInputs(rows[nodes], lonely[: len(nodes), : len(nodes)])
        return fitted.apply(own, "cpu", hidden=np.arange(len(nodes)))["hidden"]

    together = ask(np.arange(300))
    for size in (1, 7):
        apart = np.concatenate([ask(np.arange(i, i + size)) for i in range(14)])
        same = np.concatenate([together[i : i + size] for i in range(14)])
        # A rounding to another neighbour is possible, a sum in another order is not.
        assert (apart == same).mean() > 0.999
