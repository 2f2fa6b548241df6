"""From labels and answers to a fitted network, and what it says of nodes.

Takes a graph with rationales or labels; gives class distributions to learn
(``supervision``), a committee's opinion of every node (``committee``,
``second_opinion``), what an interpreter leaves for a student (``teaching``), and the
fit and predict that all networks share (``network_classifier``, ``predicting``). May
call ``estimators``, ``features`` and what lies below them.
"""
