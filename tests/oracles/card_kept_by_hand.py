"""What an account has built up, by hand: days of use, and the features that it used most."""

KEPT_AT_MOST = 8


def kept(world, account):
    use, named = world.use(account), world.named(account)
    uses = {}
    for feature, one in world.product["features"].items():
        days = [event["day"] for event in named if event["name"] in one["events"]]
        if days:
            uses[feature] = (len(days), max(days))
    most = sorted(uses, key=lambda feature: (-uses[feature][0], feature))[:KEPT_AT_MOST]
    said = sorted(f"{name}: {uses[name][0]}, last on {uses[name][1]}" for name in most)
    return {"use_days": len({event["day"] for event in use}), "feature_uses": said or None}
