import numpy as np
import pytest
import torch

from sklearn_tagkd.nn.training.consistency import Consistency


class Fixed(torch.nn.Module):
    """Predicts what it was told to: one thing at rest, two by turns in training."""

    def __init__(self, at_rest, by_turns):
        super().__init__()
        self.at_rest = torch.tensor(at_rest).log()
        self.by_turns = [torch.tensor(p, requires_grad=True) for p in by_turns]
        self.calls = 0

    def forward(self, logits):
        rows, logits = logits, self.at_rest
        if self.training:
            logits = self.by_turns[self.calls % 2].log()
            self.calls += 1
        return {"logits": logits.expand(len(rows), -1)}


def make(at_rest=(0.5, 0.5), by_turns=((0.8, 0.2), (0.6, 0.4))):
    network = Fixed(at_rest, by_turns).train()
    return network, Consistency(network, 50, 8, torch.device("cpu"))


def loss(consistency, step):
    assert consistency.begin(step)
    return consistency.loss()


def test_the_goal_is_the_sharpened_mean_aligned_with_the_shares():
    network, consistency = make()
    distance = loss(consistency, 1000)
    mean, shares = np.array([0.7, 0.3]), np.array([0.5, 0.5])
    running = 0.9 * shares + 0.1 * mean
    goal = np.square(mean * shares / running)
    goal /= goal.sum()
    views = np.array([[0.8, 0.2], [0.6, 0.4]])
    expected = np.square(views - goal).sum(axis=1).mean()
    assert float(distance.detach()) == pytest.approx(expected, rel=1e-5)
    assert network.training
    distance.backward()
    assert all(view.grad.abs().sum() > 0 for view in network.by_turns)


def test_it_waits_and_then_ramps_up():
    _, consistency = make()
    assert not consistency.begin(1)
    assert not consistency.begin(50)
    _, other = make()
    early, full = loss(consistency, 60).detach(), loss(other, 100).detach()
    assert float(early) == pytest.approx(0.2 * float(full))


def test_views_that_are_sure_and_agree_cost_nothing():
    _, consistency = make((1.0, 0.0), ((1.0, 1e-30), (1.0, 1e-30)))
    assert float(loss(consistency, 1000).detach()) == pytest.approx(0, abs=1e-6)


def test_a_class_that_spreads_is_held_back():
    """Shares at rest are even; predictions all lean to one side."""
    _, consistency = make((0.5, 0.5), ((0.55, 0.45), (0.55, 0.45)))
    for step in range(200, 400):
        last = float(loss(consistency, step).detach())
    goal = np.square(np.array([0.55, 0.45]) * 0.5 / np.array([0.55, 0.45]))
    goal /= goal.sum()
    assert goal.tolist() == pytest.approx([0.5, 0.5])
    assert last == pytest.approx(2 * 0.05**2, rel=1e-3)
