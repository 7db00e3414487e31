"""The baseline every strategy must beat."""

from alcore.catalog import ACQUISITIONS
from alcore.rng import by_id
from alcore.types import Floats, View


@ACQUISITIONS.add(
    pointwise=True,
    source="Passive learning",
    family="baseline",
    unit="",
    formula=r"u \sim \mathcal{U}(0, 1)",
    low=0.0,
    spread=lambda C: 0.0,  # it says nothing about the data
    use="Always, beside every other strategy: labels saved are saved against this line. The labelled rows "
    "stay a fair sample, so they can also serve to estimate accuracy or to train another learner later.",
    avoid="When positives are so rare that a random batch holds none.",
    complexity="O(n)",
)
def random(view: View) -> Floats:
    """Ask at random: passive learning, the baseline of every chart.

    Uniform without replacement over the candidates; drawn by row, so the order of the rows does not matter.
    """
    return by_id(view.seed, f"random {len(view.log)}", view.candidates.ids)
