from tenure.console.pages.education.words import verdict
from tenure.content.effects import Compared
from tenure.proof.shares import share_of


def test_what_a_lesson_did_is_told_in_signed_points():
    took, similar = share_of(30, 40), share_of(20, 40)

    seen = verdict(Compared(took, similar, (0.25, 0.042, 0.434), 0))
    unseen = verdict(Compared(took, similar, (-0.012, -0.1, 0.08), 0))

    assert seen == "+25.0 points, +4.2 to +43.4"
    assert unseen == "No difference seen: −1.2 points, −10.0 to +8.0"
    assert verdict(Compared(took, similar, None, 1)).startswith("Cannot tell yet: about 1 more")
