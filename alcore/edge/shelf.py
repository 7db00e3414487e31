"""How comparisons are kept: what they are called there, and which runs are theirs."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from alcore.catalog import ACQUISITIONS, ADJUSTMENTS, SELECTORS
from alcore.comparison import RANDOM, Comparison
from alcore.recipes import RECIPES, match
from alcore.spec import Spec


def plainly_named(comparison: Comparison) -> Comparison:
    """The same comparison with names that say what the strategies are.

    What everybody can see holds no word that a visitor typed.

    >>> from alcore.comparison import Contender
    >>> named = plainly_named(Comparison(Spec(), (Contender.recipe("margin", "Ann's secret plan"),)))
    >>> [contender.label for contender in named.contenders]
    ['Uncertainty (margin)']
    """
    taken: set[str] = set()
    contenders = []
    for contender in comparison.contenders:
        usual = name = _plain_name(contender.over(comparison.base))
        number = 2
        while name in taken:
            name, number = f"{usual} {number}", number + 1
        taken.add(name)
        contenders.append(replace(contender, label=name))
    return replace(comparison, contenders=tuple(contenders))


def shelf_key(comparison: Comparison, owner: str) -> str:
    """The address of a comparison; that of a private one only its owner can work out."""
    if not owner:
        return comparison.id
    return f"{comparison.id}-{hashlib.sha256(f'{comparison.id} by {owner}'.encode()).hexdigest()[:24]}"


def keys_of(comparison: Comparison, key_of: Callable[[Spec], str]) -> list[str]:
    """The addresses of its runs."""
    return list(dict.fromkeys(key_of(entry.spec) for entry in comparison.entries()))


def _plain_name(spec: Spec) -> str:
    recipe = match(spec)
    if recipe == "random":
        return "Chance again"  # it takes part as itself already
    if recipe:
        return RECIPES[recipe].label
    parts = [str(ACQUISITIONS[spec.acquisition.name].label)]
    parts += [str(ADJUSTMENTS[c.name].label) for c in spec.adjust]
    if spec.select.name != "top":
        parts.append(str(SELECTORS[spec.select.name].label))
    name = " + ".join(parts)[:60]
    return f"Chance: {name}" if name == RANDOM or name.startswith(f"{RANDOM} (") else name
