"""How surely two groups of accounts differ in how many of them did something."""

from math import sqrt


def z_of(did: int, of: int, others_did: int, of_others: int) -> float:
    """z of the difference of the two shares, above 0 where the first is the larger; 0 for none.

    Both groups have accounts. Shares are pooled, as if nothing set the groups apart.
    """
    pooled = (did + others_did) / (of + of_others)
    spread = sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_others))
    return (did / of - others_did / of_others) / spread if spread else 0.0
