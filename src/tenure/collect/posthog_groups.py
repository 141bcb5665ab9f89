"""Which of PostHog's groups is the account: the one that pays.

PostHog lets an event belong to several kinds of groups (`{"company": "acme", "project": "p1"}`);
here one event belongs to one account.
"""

from tenure.collect.event_fields import read_id

# The first of these that an event names is its account.
ACCOUNT_GROUPS = (
    "account",
    "company",
    "customer",
    "organization",
    "organisation",
    "tenant",
    "workspace",
    "team",
)
# Parts of an account, or places in the product.
_NOT_ACCOUNTS = {
    "board",
    "channel",
    "document",
    "environment",
    "instance",
    "post",
    "project",
    "repository",
    "site",
}


def is_account_group(group_type: object) -> bool:
    """Whether groups of this kind are accounts: all but the kinds known to be something else."""
    return isinstance(group_type, str) and group_type.lower() not in _NOT_ACCOUNTS


def account_of_groups(groups: object) -> str | None:
    """The account among an event's `$groups`; None when there is none.

    Kinds of `ACCOUNT_GROUPS` come first, in that order, then any other by name.
    """
    if not isinstance(groups, dict):
        return None
    by_kind = {kind.lower(): key for kind, key in groups.items() if is_account_group(kind)}
    for kind in (*ACCOUNT_GROUPS, *sorted(by_kind)):
        if kind in by_kind:
            key = read_id(by_kind[kind], f"properties.$groups.{kind}")
            if key is not None:
                return key
    return None
