"""The behavioural rules of the simulated company: every parameter, once, with what it does.

`docs/demo.md` explains them in the same order; a test holds the two together.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the agent model. Shares are 0..1; a week is the step of everything latent."""

    # Value: what an account got out of the product in a week, 0..1, a product of shares.
    value_without_progress: float = 0.30  # of the value comes before the outcome is set up
    value_without_reach: float = 0.40  # of the value comes even if only one person uses it
    value_without_champion: float = 0.60  # while nobody inside speaks for the product
    value_under_bad_service: float = 0.45  # at the worst support
    inertia: float = 0.88  # satisfaction keeps this share of itself a week, value makes the rest
    hope_at_signup: float = 0.50  # satisfaction before anything happened
    price_pain: float = 0.10  # satisfaction lost per 100 % that the price exceeds its worth

    # Setting up: how a feature that the outcome needs comes into use.
    adoption_per_week: float = 0.22  # for a skilled implementer and a needed feature
    adoption_fades_after_weeks: int = 12  # afterwards a third of that
    departure_per_week: float = 0.0035  # a person leaves the account's company
    replacement_weeks: float = 20.0  # until a departed champion is replaced, on average

    # Deciding: staying is decided before each renewal.
    leave_at_most: float = 0.45  # chance to leave at a monthly decision with no satisfaction
    leave_midpoint: float = 0.35  # satisfaction less price pain at which half of that is reached
    leave_spread: float = 0.060  # how sharply; smaller is sharper
    annual_weight: float = 3.0  # an annual decision weighs as many monthly ones
    asleep_discount: float = 0.6  # who does not look at the bill decides this much less
    notice_withdrawn: float = 0.06  # of notices are taken back before the end
    return_share: float = 0.14  # of voluntary leavers come back, 2 to 8 months later
    trial_converts_after_first_value: float = 0.86
    trial_converts_without: float = 0.36

    # What nobody decides.
    card_fails: float = 0.036  # of monthly charges (a third of that for annual ones)
    card_recovers: float = 0.20  # at each of four retries
    company_ends_per_week: float = 0.00035  # bankrupt or bought
    need_ends_per_week: float = 0.0010  # the project, team or budget line is gone
    rival_courts_per_week: float = 0.0030  # a competitor makes an offer for 12 weeks

    # What is said.
    says_a_reason: float = 0.72  # of who leaves by decision
    says_the_true_one: float = 0.55  # of who says one; money is named for most of the rest


RULES = Rules()
