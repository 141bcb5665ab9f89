"""Who: accounts, people, who belongs where, and which ids mean the same one.

A row of `Account` and `Person` stands for one *raw* id and holds what was said of that id alone; a
merge never rewrites it, it only says in `merged_into` where the id leads now. So every merge can be
undone. Every column is a least, a greatest or a latest of something: events may come in any order,
and twice, and the rows end the same.
"""

from django.db import models

KINDS = [("account", "account"), ("person", "person")]


class Account(models.Model):
    """A company or person that pays, or may come to."""

    account_id = models.TextField(primary_key=True)
    merged_into = models.TextField(default="", db_index=True)  # canonical id, empty when it is one
    name = models.TextField(default="", db_index=True)
    domain = models.TextField(default="", db_index=True)  # `acme.com`, no scheme, no `www.`
    traits = models.JSONField(default=dict)
    trait_times = models.JSONField(default=dict)  # trait -> [occurred, known] in microseconds
    created_at = models.DateTimeField(db_index=True)  # traits.createdAt, else first_seen_at
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, db_index=True)  # null: nobody used anything yet
    source = models.TextField(default="")  # that first named it
    confirmed_at = models.DateTimeField(null=True)  # last group call or `Account Created`
    removed_at = models.DateTimeField(null=True)  # last `Account Deleted`
    deleted_at = models.DateTimeField(null=True)  # removed_at unless confirmed after it

    def __str__(self) -> str:
        return self.name or self.account_id


class Person(models.Model):
    """Someone who uses the product and was identified; anonymous ids have only links."""

    person_id = models.TextField(primary_key=True)
    merged_into = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    email = models.TextField(default="", db_index=True)  # never merges by itself
    traits = models.JSONField(default=dict)
    trait_times = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    source = models.TextField(default="")

    def __str__(self) -> str:
        return self.name or self.email or self.person_id


class Membership(models.Model):
    """One person in one account, from and until.

    `raw_person_id` and `raw_account_id` are what was said; `person` and `account` are where these
    ids lead now, kept so by merging. Two rows may lead to the same pair.
    """

    raw_person_id = models.TextField()
    raw_account_id = models.TextField()
    person = models.ForeignKey(Person, models.CASCADE)
    account = models.ForeignKey(Account, models.CASCADE)
    role = models.TextField(default="")
    role_at = models.DateTimeField(null=True)
    since_at = models.DateTimeField()  # first named together
    known_at = models.DateTimeField()  # when anybody could have known it
    joined_at = models.DateTimeField(null=True)  # last identify, group or `Account Added User`
    removed_at = models.DateTimeField(null=True)  # last `Account Removed User`
    until_at = models.DateTimeField(null=True)  # removed_at unless joined again after it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["raw_person_id", "raw_account_id"], name="membership_once"
            )
        ]


class IdentityLink(models.Model):
    """One reason to hold that `raw_id` is `joined_id`, in force or not.

    In force are those with a `canonical_id`: at most one per raw id, and following them never
    leads round in a circle. `canonical_id` is the end of the chain.
    """

    kind = models.TextField(choices=KINDS)
    raw_id = models.TextField()  # `anon:<anonymous id>` for what has no name yet
    joined_id = models.TextField()
    canonical_id = models.TextField(default="", db_index=True)  # empty: not in force
    because = models.TextField()  # identify (an event with both ids) | alias | operator
    evidence = models.TextField(default="")  # `source/message_id` of the first event that said so
    made_at = models.DateTimeField()  # when that event occurred, or the operator merged
    known_at = models.DateTimeField()  # when anybody could have known it
    made_by = models.TextField(default="")  # who, for operator
    refused = models.TextField(default="", db_index=True)  # cannot_merge_already_identified
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="")
    changed_at = models.DateTimeField()  # when canonical_id last changed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "raw_id", "joined_id", "because"],
                condition=~models.Q(because="operator"),
                name="identity_link_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "raw_id"],
                condition=~models.Q(canonical_id=""),
                name="identity_link_one_in_force",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "raw_id"], name="identity_link_raw"),
            models.Index(fields=["kind", "joined_id"], name="identity_link_joined"),
        ]


class BlockedId(models.Model):
    """An id that means nobody, such as `null` or `[object Object]`, and when it was sent."""

    kind = models.TextField(choices=KINDS)
    raw_id = models.TextField()  # cut to 512 characters
    because = models.TextField()  # blank | junk | operator | too_long | unprintable | reserved
    source = models.TextField(default="")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "raw_id"], name="blocked_id_once")]


class FollowCursor(models.Model):
    """How far a reader of the lake has come."""

    name = models.TextField(primary_key=True)
    batch = models.BigIntegerField(default=0)  # of `*_links`: how often they changed
