"""The operator's limits, in the table `[tracking]` of `tenure.toml`."""

import pytest

from tenure.base.errors import BadDefinition
from tenure.collect.http.limits import Limits, load_limits
from tenure.collect.http.prefixes import load_prefixes, split_prefix
from tenure.collect.http.rate import RequestRate


def test_without_a_word_the_defaults_hold(home):
    assert load_limits(home) == Limits()
    home.settings_file.write_text('[company]\nname = "Acme"\n')
    assert load_limits(home) == Limits()


def test_what_the_operator_sets_is_taken_and_the_rest_stays(home):
    home.settings_file.write_text(
        '[tracking]\nkeep_ip = "none"\nproxies = 1\nevent_bytes = 65536\n'
    )

    assert load_limits(home) == Limits(keep_ip="none", proxies=1, event_bytes=65536)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("body_kb = 1", "tracking.body_kb: no such limit; use one of body_bytes"),
        ("body_bytes = 0", "tracking.body_bytes = 0: write a whole number from 1"),
        ("body_bytes = 1.5", "write a whole number"),
        ("proxies = true", "write a whole number from 0"),
        ("requests_per_second = -1", "write a number from 1"),
        ('keep_ip = "all"', 'write "client" or "none"'),
        ("keep_ip", "tenure.toml"),
    ],
)
def test_a_wrong_limit_names_itself_and_what_to_write(home, line, said):
    home.settings_file.write_text(f"[tracking]\n{line}\n")

    with pytest.raises(BadDefinition) as refused:
        load_limits(home)

    assert said in refused.value.message


def test_a_bucket_fills_at_its_rate_and_never_over_its_size():
    now = 0.0
    rate = RequestRate(10, 3, lambda: now)

    at_once = [rate.seconds_to_wait("web") for _ in range(4)]
    now = 0.1
    after_a_tenth = [rate.seconds_to_wait("web") for _ in range(2)]
    now = 1000.0
    much_later = [rate.seconds_to_wait("web") == 0 for _ in range(4)]

    assert at_once == [0, 0, 0, 0.1]
    assert after_a_tenth == [0, pytest.approx(0.1)]
    assert much_later == [True, True, True, False]


def test_prefixes_are_the_operators_and_the_longest_is_meant(home):
    assert load_prefixes(home) == ()
    home.settings_file.write_text('[tracking]\nproxies = 1\nprefixes = ["/t", "/t/x9", "/t"]\n')

    prefixes = load_prefixes(home)

    assert prefixes == ("/t/x9", "/t")
    assert load_limits(home) == Limits(proxies=1)
    assert split_prefix("/t/x9/v1/b", prefixes) == ("/t/x9", "/v1/b")
    assert split_prefix("/t/v1/b", prefixes) == ("/t", "/v1/b")
    assert split_prefix("/tt/v1/b", prefixes) == ("", "/tt/v1/b")
    assert split_prefix("/t", prefixes) == ("", "/t")


@pytest.mark.parametrize(
    "wrong", ['"/t"', '["t"]', '["/t/"]', '["/"]', "[7]", '["/a b"]', '["/../x"]', '["//x"]']
)
def test_a_prefix_that_is_no_path_is_refused(home, wrong):
    home.settings_file.write_text(f"[tracking]\nprefixes = {wrong}\n")

    with pytest.raises(BadDefinition, match=r"tracking\.prefixes"):
        load_prefixes(home)
