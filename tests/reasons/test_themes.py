"""Free texts in themes: how well, stable from run to run, and what a model outside may see."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sklearn.metrics import adjusted_rand_score

from reasons.reason_worlds import at, lived, records
from tenure.base.errors import BadDefinition, InvalidInput
from tenure.reasons.forgetting import forget_in_reasons
from tenure.reasons.models import Theme
from tenure.reasons.taxonomy import default_taxonomy
from tenure.reasons.themes import follow_themes, themes_of
from tenure.reasons.themes_masking import masked
from tenure.reasons.themes_outside import labels_from
from tenure.reasons.themes_settings import OutsideModel, outside_model
from tenure.reasons.words_in_texts import is_chinese

HERE = Path(__file__).parent
PRICE = ("Too expensive for us.", "It is too expensive.", "Far too expensive for a small team.")
OUTAGE = ("The outage cost us a client.", "Another outage, again.", "One outage after the other.")
CHINESE = ("太贵了。", "价格太贵。", "对我们来说太贵了。")


def labelled(name: str, *, chinese: bool) -> tuple[list[str], list[str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    kept = [(label, text) for label, text in pairs if is_chinese(text) == chinese]
    return [label for label, _ in kept], [text for _, text in kept]


def quality(labels: list[str], texts: list[str]) -> tuple[float, float, float]:
    """Adjusted Rand index, purity, share grouped. What is in no theme stands alone on both sides."""
    groups = [f"alone {at}" for at in range(len(texts))]
    found = themes_of(texts, default_taxonomy())
    for number, theme in enumerate(found):
        for place in theme.places:
            groups[place] = f"theme {number}"
    meant = [f"{label} {at}" if label == "none" else label for at, label in enumerate(labels)]
    pure = sum(
        Counter(labels[place] for place in theme.places).most_common(1)[0][1] for theme in found
    )
    grouped = sum(len(theme.places) for theme in found)
    return adjusted_rand_score(meant, groups), pure / grouped, grouped / len(texts)


def test_texts_that_nobody_looked_at_before_are_grouped_far_better_than_by_chance():
    for chinese in (False, True):
        labels, texts = labelled("themes_held_out.txt", chinese=chinese)
        rand, purity, grouped = quality(labels, texts)

        assert len(texts) >= 60
        # By chance the index is 0, and the purity that of the commonest label.
        commonest = Counter(labels).most_common(1)[0][1] / len(labels)
        assert rand > 0.25
        assert purity > 4 * commonest
        assert grouped > 0.5


def test_the_same_texts_make_the_same_themes_in_whatever_order_they_come():
    texts = [*PRICE, *OUTAGE, *CHINESE, "Personal reasons."]

    def told(each):
        return {frozenset(each[place] for place in theme.places) for theme in themes_of(each, default_taxonomy())}  # fmt: skip

    assert told(texts) == told(texts[::-1]) == {frozenset(PRICE), frozenset(OUTAGE), frozenset(CHINESE)}  # fmt: skip


def test_a_theme_is_called_by_what_its_texts_have_in_common():
    by_text = {
        theme.central_text: theme
        for theme in themes_of([*PRICE, *OUTAGE, *CHINESE], default_taxonomy())
    }

    labels = {theme.label for theme in by_text.values()}
    assert any("expensive" in label for label in labels)
    assert any("outage" in label for label in labels)
    assert any("太贵" in label for label in labels)
    assert set(by_text) <= {*PRICE, *OUTAGE, *CHINESE}


def test_nothing_and_too_little_make_no_theme():
    assert themes_of([], default_taxonomy()) == []
    assert themes_of(["", "  ", "Too expensive.", "Too expensive!"], default_taxonomy()) == []


def world(texts, day: str) -> str:
    return "\n".join(
        f"2026-03-{day} 09:{n:02}  @a{day}{n}  reason: Reason Given  "
        + json.dumps({"text": text}, ensure_ascii=False)
        for n, text in enumerate(texts)
    )


@pytest.mark.django_db
def test_a_theme_stays_the_same_one_when_texts_come_in(home):
    lived(home, world([*PRICE, *OUTAGE], "02"), "2026-03-03")
    follow_themes(home, at("2026-03-03"))
    before = {theme.key: theme.texts for theme in Theme.objects.all()}

    lived(home, world(["So expensive.", "Too expensive now.", *CHINESE], "04"), "2026-03-05")
    follow_themes(home, at("2026-03-05"))

    after = {theme.key: theme.texts for theme in Theme.objects.filter(is_gone=False)}
    assert len(before) == 2 and set(before) < set(after)
    assert sorted(after.values()) == [3, 3, 5]
    price = records(text=PRICE[0])[0].theme
    assert price.texts == 5 and price.first_seen_at == at("2026-03-02 09:00")


@pytest.mark.django_db
def test_themes_of_forgotten_words_go_and_are_found_anew_without_them(home):
    lived(home, world([*PRICE, "It is too expensive, says Ada Okafor."], "02"), "2026-03-03")
    follow_themes(home, at("2026-03-03"))

    forget_in_reasons(["a023"], [])
    assert Theme.objects.count() == 0
    follow_themes(home, at("2026-03-04"))

    assert [theme.texts for theme in Theme.objects.all()] == [3]
    assert "okafor" not in json.dumps([theme.phrases for theme in Theme.objects.all()])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Write to ada.okafor+x@acme.co.uk.", "Write to [mail]."),
        ("See https://acme.io/x?y=1 and www.acme.io", "See [link] and [link]"),
        ("Call +49 (30) 1234-567 tomorrow", "Call [number] tomorrow"),
        ("Invoice INV20231 and DE89 3704 0044 0532 0130 00", "Invoice [number] and [number]"),
        ("Regards, Ada Okafor", "[name]"),
        ("Okafor Ltd leaves, says ADA.", "[name] Ltd leaves, says [name]."),
        ("我是王小明，太贵了", "[name]，太贵了"),
        ("It fails 3 times in 10 minutes.", "It fails 3 times in 10 minutes."),
    ],
)
def test_personal_data_is_masked(text, shown):
    assert masked(text, ["Ada", "Okafor"]) == shown


class Answering(BaseHTTPRequestHandler):
    """An endpoint as OpenAI's: answers what the server was told, and keeps what it was sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), json.loads(body)))
        status, content = self.server.says
        answer = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def model():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked, server.says = [], (200, "{}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.model = OutsideModel(
        f"http://127.0.0.1:{server.server_port}/v1/chat/completions", "small", "secret", 5.0
    )
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db
def test_a_model_outside_names_themes_and_sees_masked_texts_alone(home, model):
    texts = [f"{text} Write to ada@acme.io" for text in PRICE]
    lived(home, world(texts, "02"), "2026-03-03")
    model.says = (200, 'Here: {"labels": {"1": "Costs too much", "7": "nobody asked"}}')

    follow_themes(home, at("2026-03-03"), model=model.model)

    headers, body = model.asked[0]
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "small"
    assert "ada@acme.io" not in json.dumps(body) and "[mail]" in json.dumps(body)
    theme = Theme.objects.get()
    assert (theme.label, theme.label_by) == ("Costs too much", "outside")


@pytest.mark.parametrize(
    "says",
    [
        (500, ""),
        (302, ""),
        (200, "I would rather not."),
        (200, '{"labels": ["a"]}'),
        (200, '{"labels": {"x": "a"}}'),
        (200, '{"labels": {"1": 7}}'),
    ],
)
def test_whatever_it_answers_else_the_local_names_stay(model, says):
    model.says = says

    assert labels_from(model.model, [list(PRICE)]) == {}
    assert len(model.asked) == 1  # it is not led elsewhere


def test_one_that_cannot_be_reached_is_no_harm(model):
    away = OutsideModel("http://127.0.0.1:9/v1", "small", "", 0.5)

    assert labels_from(away, [list(PRICE)]) == {}


def test_no_text_leaves_the_machine_unless_the_operator_says_where_to(home):
    assert outside_model(home, {}) is None
    (home.root / "tenure.toml").write_text('[company]\nname = "Fernhill"\n')
    assert outside_model(home, {}) is None

    (home.root / "tenure.toml").write_text(
        '[reasons]\nmodel_url = "https://models.example/v1/chat/completions"\nmodel = "small"\n'
        'model_key_env = "MODEL_KEY"\n'
    )
    found = outside_model(home, {"MODEL_KEY": "secret"})
    assert found is not None and found.key == "secret" and "secret" not in repr(found)


@pytest.mark.parametrize(
    ("settings_text", "says"),
    [
        ('model_url = "http://models.example/v1"\nmodel = "m"', "texts would cross the net"),
        ('model_url = "models.example"\nmodel = "m"', "is no address"),
        ('model_url = "https://models.example/v1"', "reasons.model: this is missing"),
        ('model_url = "https://m.example"\nmodel = "m"\nmodel_key_env = "sk-1"', "not the key its"),
        ('model_url = "https://m.example"\nmodel = "m"\nmodel_key_env = "KEY"', "KEY is not set"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(home, settings_text, says):
    (home.root / "tenure.toml").write_text(f"[reasons]\n{settings_text}\n")

    with pytest.raises((BadDefinition, InvalidInput)) as caught:
        outside_model(home, {})

    assert says in caught.value.message
