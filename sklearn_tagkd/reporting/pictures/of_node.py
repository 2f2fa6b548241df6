"""The picture of a node among those linked to it."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.inspection.displays.ego_network import EgoNetworkDisplay
from sklearn_tagkd.inspection.explanation.result import Explanation
from sklearn_tagkd.reporting.document import Picture, plain_value
from sklearn_tagkd.reporting.pictures.drawing import draw
from sklearn_tagkd.reporting.pictures.words import listed
from sklearn_tagkd.reporting.sections.subject import Subject

__all__ = ["draw_linked"]

_FEW = 4  # ends of links, two for each that goes both ways: nodes on a line


def draw_linked(item: Explanation, subject: Subject) -> Picture | None:
    """Draw a node, those linked to it, and what they say for its label.

    Parameters
    ----------
    item : Explanation
        Of the node.
    subject : Subject
        Model and graph.

    Returns
    -------
    Picture or None
        None of a node without links.
    """
    links = subject.graph.adjacency
    (place,) = subject.graph.positions([item.node])
    n_links = links[[place], :].nnz + links[:, [place]].nnz
    if not n_links:
        return None
    name, label = plain_value(item.node), plain_value(item.label)

    def plot(ax: Any) -> Any:
        shown = EgoNetworkDisplay.from_predictions(
            item, subject.graph, subject.model, ax=ax
        )
        ax.set_title("")  # said beside the picture
        return shown

    def told(shown: Any) -> str:
        effects = [f"{plain_value(i.what)} ({i.effect:+.2g})" for i in item.neighbors]
        most = f" Most for it, with their effect: {listed(effects)}." if effects else ""
        return (
            f"{name} is {label} ({item.probability:.2f}), not "
            f"{plain_value(item.runner_up)}, among {len(shown.linked):,} linked nodes."
            f"{most}"
        )

    return draw(
        f"{name} among the nodes linked to it",
        plot,
        told,
        7.4,
        5.0 if n_links > _FEW else 2.6,
    )
