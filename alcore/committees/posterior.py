"""Posteriors as committees: each member is one draw of the learner, the same draw for every row."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from alcore.catalog import COMMITTEES, LEARNERS
from alcore.learn import Fitted, Teacher, fit
from alcore.params import Range
from alcore.posterior import laplace as laplace_posterior
from alcore.rng import integer, stream
from alcore.solvers import LinearModel
from alcore.spec import Choice
from alcore.types import Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Logistic regression with weights drawn from a posterior."""

    linear: LinearModel

    def predict_proba(self, X: Floats) -> Floats:
        return self.linear.proba(X)


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """One tree of a forest."""

    tree: Any

    def predict_proba(self, X: Floats) -> Floats:
        if not len(X):
            return np.zeros((0, self.tree.n_classes_))
        return self.tree.predict_proba(X.astype(np.float32), check_input=False)


@COMMITTEES.add(
    source="MacKay 1992; Spiegelhalter & Lauritzen 1990",
    label="Laplace posterior",
    family="posterior",
    formula=r"w_k \sim \mathcal{N}(\hat w, H^{-1})",
    use="BALD, BatchBALD and EPIG: many members for the price of one fit, whose doubt shrinks as it should.",
    avoid="Boundaries no straight line can draw: all members are then wrong in the same way.",
    complexity="O(L (C r)^2 + (C r)^3), r = min(L, D + 1), then O(N D C) a member",
    members="linear",
)
def laplace(
    teach: Teacher,
    *,
    members: Annotated[int, Range(2, 500)] = 50,
    C: Annotated[float, Range(0.001, 1000, log=True)] = 1.0,
) -> list[Fitted]:
    """Draw logistic regressions from their posterior: every member is a boundary the labels still allow.

    The posterior of the weights is approximated by the normal distribution that has its mode and curvature.

    Parameters
    ----------
    members : int
        How many boundaries are drawn; a hundred or more for BatchBALD, fifty are plenty for single questions.
    C : float
        How far weights may go before labels are seen (their prior variance): the C of logistic regression.
    """
    labelled = teach.labelled
    known, codes = np.unique(labelled.y, return_inverse=True)
    if len(known) < 2:
        return [Fitted(None, known, teach.n_classes)] * members
    posterior = laplace_posterior(labelled.X, codes, len(known), C=C)
    drawn = posterior.draw(members, stream(teach.seed, "laplace", len(labelled)))
    return [Fitted(_Drawn(LinearModel(weights)), known, teach.n_classes) for weights in drawn]


@COMMITTEES.add(
    source="Breiman 2001; Shahriari et al. 2016 (forests as posteriors)",
    label="trees of a forest",
    family="posterior",
    use="Tables with mixed or unscaled columns; as many members as trees for the price of one forest.",
    avoid="Noisy labels with fully grown trees: each is certain, so that all noise passes for ignorance.",
    complexity="O(members L log L sqrt(D)) to fit, O(N depth) a member",
    members="trees",
)
def trees(
    teach: Teacher,
    *,
    members: Annotated[int, Range(2, 500)] = 50,
    leaf: Annotated[int, Range(1, 20)] = 1,
) -> list[Fitted]:
    """Let the trees of one random forest vote, each grown on its own resample of the labels.

    Parameters
    ----------
    members : int
        How many trees are grown.
    leaf : int
        Fewest labels a tree bases an answer on; above 1 a tree can itself be unsure, as noisy labels demand.
    """
    labelled = teach.labelled
    forest = fit(
        Choice.of("forest", trees=max(members, 5), leaf=leaf),
        labelled.X,
        labelled.y,
        teach.n_classes,
        integer(teach.seed, "trees"),
    )
    if forest.model is None:
        return [forest] * members
    grown = forest.model.model.estimators_[:members]
    return [Fitted(_Tree(tree), forest.known, teach.n_classes) for tree in grown]


@COMMITTEES.add(
    source="Lakshminarayanan, Pritzel & Blundell 2017",
    label="deep ensemble",
    family="posterior",
    use="Networks, when time allows: the most trustworthy doubt a network gives, even with five members.",
    avoid="BatchBALD: a handful of members cannot tell a large batch apart.",
    complexity="members times a network's fit and prediction",
    members="network",
)
def ensemble(teach: Teacher, *, members: Annotated[int, Range(2, 30)] = 5) -> list[Fitted]:
    """Train the same network several times from different random beginnings.

    The spec's own learner when it is a network, else the neural network with its usual settings.

    Parameters
    ----------
    members : int
        How many networks are trained.
    """
    own = isinstance(teach.learner, Choice) and LEARNERS[teach.learner.name].facts.get("family") == "network"
    return [teach(None if own else "mlp", member=k) for k in range(members)]


@COMMITTEES.add(
    source="Gal & Ghahramani 2016; masks shared by all rows as in Kirsch et al. 2019",
    label="Monte-Carlo dropout",
    family="posterior",
    formula=r"p_k = p(y \mid x, W \odot m_k)",
    use="Many members of a network for the price of one training.",
    avoid="A network trained without dropout (0): all members are then the same.",
    complexity="one network's fit; a member predicts a little faster than the network",
    members="network",
)
def dropout(teach: Teacher, *, members: Annotated[int, Range(2, 500)] = 50) -> list[Fitted]:
    """Silence a random part of a trained network's neurons, anew for every member.

    The spec's own learner when it is the dropout network, else one with its usual settings.

    Parameters
    ----------
    members : int
        How many thinned networks are drawn.
    """
    own = isinstance(teach.learner, Choice) and teach.learner.name == "dropout_network"
    whole = teach(None if own else "dropout_network")
    if whole.model is None:
        return [whole] * members
    rng = stream(teach.seed, "dropout", len(teach.labelled))
    return [Fitted(whole.model.thinned(rng), whole.known, whole.n_classes) for _ in range(members)]
