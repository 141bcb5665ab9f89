"""Which texts of one language say the same: words and runs of characters, weighed, and clustered.

English words lose their endings and make pairs; Chinese needs no segmenter: pairs of characters
carry it. Phrases of the taxonomy's reasons count as words of their own, so that "too pricey" and
"太贵" know their kin. Everything is computed here; no text leaves the machine.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np

from tenure.reasons.taxonomy import Taxonomy
from tenure.reasons.words_in_texts import Phrases, folded

EXACT_MOST = 2_500  # texts that are compared each with each; the others join the nearest group
LEAST_TEXTS = 3
THRESHOLDS = (0.75, 0.80, 0.85, 0.90, 0.94)  # cosine distances at which groups stay apart
NEAR = 0.15  # least likeness to a group's middle, to belong to it
REASON_WEIGHT = 1.5

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+")
_CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]+")
_STOP_CHARACTERS = frozenset(
    "的了我们是在也都就和不没有你您他她它这那个很要会还上下与及把被给对让到为所以因而且或吗呢吧啊"
)
_STOP_FILE = "stop_words.txt"
_ENDINGS = ("ations", "ation", "ings", "ing", "ers", "ies", "ied", "ed", "es", "er", "ly", "s")


@dataclass(frozen=True)
class Grouping:
    """`group_of`: a number for each text, -1 in none. `likeness`: to the middle of the nearest.

    `middles` has the weight of each term of each group: what the next run recognises it by.
    """

    group_of: list[int]
    likeness: list[float]
    middles: list[dict[str, float]]


def group(texts: Sequence[str], *, is_chinese: bool, known: Taxonomy) -> Grouping:
    """The groups of at least LEAST_TEXTS texts each, the largest first. The same texts, the same
    groups: nothing is drawn by chance but the sample of very many, and that from the texts."""
    terms = [terms_of(text, is_chinese=is_chinese, known=known) for text in texts]
    vocabulary = sorted({term for each in terms for term in each})
    if len(texts) < LEAST_TEXTS or not vocabulary:
        return Grouping([-1] * len(texts), [0.0] * len(texts), [])
    vectors = _weighed(terms, vocabulary)
    chosen = _sample(texts)
    labels = _clustered(vectors[chosen])
    middles = _middles(vectors[chosen], labels)
    likeness = np.asarray(vectors @ middles.T) if len(middles) else np.zeros((len(texts), 0))
    return _assigned(likeness, middles, vocabulary)


def terms_of(text: str, *, is_chinese: bool, known: Taxonomy) -> Counter[str]:
    """The terms of one text, and how often: words, pairs, and reasons whose phrases it has."""
    plain = folded(text)
    terms: Counter[str] = Counter()
    if is_chinese:
        for run in _CHINESE_RUN.findall(plain):
            kept = "".join(" " if one in _STOP_CHARACTERS else one for one in run)
            for part in kept.split():
                terms.update(part)
                terms.update(part[at : at + 2] for at in range(len(part) - 1))
    stop = _stop_words()
    words = [_stem(word) for word in _WORD.findall(plain) if word not in stop and len(word) > 1]
    terms.update(words)
    terms.update(f"{one} {two}" for one, two in zip(words, words[1:], strict=False))
    for code in _reasons(known).told_by(plain):
        terms[f"#{code}"] += 1
    return terms


def is_plain_word(word: str) -> bool:
    """Whether it says something by itself: no stop word, no stop character."""
    return word not in _stop_words() and word not in _STOP_CHARACTERS


def _weighed(terms: Sequence[Counter[str]], vocabulary: list[str]) -> np.ndarray:
    """TF-IDF with sublinear counts, one row of length 1 for each text; sparse."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    place = {term: column for column, term in enumerate(vocabulary)}
    held = Counter(term for each in terms for term in each)
    rows, columns, values = [], [], []
    for row, each in enumerate(terms):
        for term, count in each.items():
            rare = np.log((1 + len(terms)) / (1 + held[term])) + 1
            rows.append(row)
            columns.append(place[term])
            values.append((1 + np.log(count)) * rare * _weight(term))
    matrix = csr_matrix((values, (rows, columns)), shape=(len(terms), len(vocabulary)))
    return normalize(matrix)


def _weight(term: str) -> float:
    """Pairs say more than words, single Chinese characters less."""
    if term.startswith("#"):
        return REASON_WEIGHT
    if len(term) == 1:
        return 0.4
    return 1.0


def _clustered(vectors: np.ndarray) -> np.ndarray:
    """The group of each, at the distance at which groups stand apart most clearly."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import silhouette_score
    from sklearn.metrics.pairwise import cosine_distances

    distances = np.clip(cosine_distances(vectors), 0, 2)
    best, best_score = np.full(vectors.shape[0], -1), -2.0
    for threshold in THRESHOLDS:
        labels = AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="average", distance_threshold=threshold
        ).fit_predict(distances)
        kept = _large_ones(labels)
        inside = kept >= 0
        if len(set(kept[inside])) < 2:
            score = -1.0
        else:
            part = distances[np.ix_(inside, inside)]
            # What is left out counts as if it stood between the groups.
            score = silhouette_score(part, kept[inside], metric="precomputed") * inside.mean()
        if score > best_score:
            best, best_score = kept, score
    return best


def _large_ones(labels: np.ndarray) -> np.ndarray:
    """The same groups, numbered from the largest; those that are too small are -1."""
    counts = Counter(labels.tolist())
    first = {label: int(np.argmax(labels == label)) for label in counts}
    order = sorted(counts, key=lambda label: (-counts[label], first[label]))
    number = {label: place for place, label in enumerate(order) if counts[label] >= LEAST_TEXTS}
    return np.array([number.get(label, -1) for label in labels.tolist()])


def _middles(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from sklearn.preprocessing import normalize

    count = int(labels.max(initial=-1)) + 1
    if not count:
        return np.zeros((0, vectors.shape[1]))
    return normalize(
        np.vstack([np.asarray(vectors[labels == each].mean(axis=0)) for each in range(count)])
    )


def _assigned(likeness: np.ndarray, middles: np.ndarray, vocabulary: list[str]) -> Grouping:
    """Each text to the group that it is most like, if it is like it at all."""
    if not len(middles):
        return Grouping([-1] * len(likeness), [0.0] * len(likeness), [])
    nearest = likeness.argmax(axis=1)
    best = likeness.max(axis=1)
    labels = _large_ones(np.where(best >= NEAR, nearest, -1 - np.arange(len(best))))
    order: dict[int, int] = {}
    for place, label in enumerate(labels.tolist()):
        if label >= 0:
            order.setdefault(label, int(nearest[place]))
    return Grouping(
        labels.tolist(),
        [float(each) for each in best],
        [_terms_of(middles[order[label]], vocabulary) for label in sorted(order)],
    )


def _terms_of(middle: np.ndarray, vocabulary: list[str]) -> dict[str, float]:
    places = np.argsort(-middle)[:120]
    return {vocabulary[place]: round(float(middle[place]), 5) for place in places if middle[place]}


def _sample(texts: Sequence[str]) -> np.ndarray:
    if len(texts) <= EXACT_MOST:
        return np.arange(len(texts))
    step = np.linspace(0, len(texts) - 1, EXACT_MOST)
    return np.argsort(np.array(texts))[step.astype(int)]


def _stem(word: str) -> str:
    """A word without its ending, where enough is left: prices, pricey and price are `pric`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word.rstrip("ey") if len(word) > 4 else word


@cache
def _stop_words() -> frozenset[str]:
    text = (files("tenure.reasons") / "default" / _STOP_FILE).read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


@lru_cache(maxsize=8)
def _reasons(known: Taxonomy) -> Phrases:
    return Phrases((phrase, reason.code) for reason in known.reasons for phrase in reason.phrases)
