"""Fits in threads at once draw from generators of their own."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sklearn_tagkd.baselines import GCNClassifier
from sklearn_tagkd.nn.randomness import generator_for, lent, seeded, set_aside
from sklearn_tagkd.student import DistilledStudentClassifier
from tests.conftest import fast

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", [DistilledStudentClassifier, GCNClassifier])
def test_fits_at_once_give_the_bits_of_one_alone(kind, toy):
    def fit(seed):
        model = kind(**fast(max_iter=15, random_state=seed))
        return model.fit(toy.graph, toy.target).predict_proba(toy.graph)

    alone = [fit(seed) for seed in (0, 1)]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(fit, [0, 1] * 4))
    for place, found in enumerate(at_once):
        assert (found == alone[place % 2]).all()


def test_the_common_generator_is_left_as_it_was():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with seeded(5, CPU):
        with lent():
            torch.rand(4)
        with set_aside():
            torch.manual_seed(9)
        torch.rand(4, generator=generator_for(CPU))
    assert (torch.get_rng_state() == before).all()
    assert generator_for(CPU) is None


def test_lending_goes_on_where_the_own_one_is():
    torch.manual_seed(5)
    expected = torch.rand(9).numpy()
    with seeded(5, CPU):
        with lent():
            first = torch.rand(3)
        second = torch.rand(3, generator=generator_for(CPU))
        with set_aside():
            torch.rand(7)
        with lent():
            third = torch.rand(3)
    assert np.concatenate([first, second, third]).tolist() == expected.tolist()
