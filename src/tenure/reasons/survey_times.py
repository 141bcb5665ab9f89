"""How long the exit survey takes, and where it ends: medians of what was measured."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from tenure.reasons.models import Survey, SurveyAnswer
from tenure.reasons.survey_questions import ORDER


@dataclass(frozen=True, slots=True)
class QuestionTime:
    """One question over all surveys; `median_seconds` of those who answered it."""

    question: str
    asked: int
    answered: int
    skipped: int
    ended_here: int  # surveys whose last question it was, that did not come to their end
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class SurveyTimes:
    """All surveys of one mode. Started: at least one question was answered or skipped."""

    made: int
    mailed: int
    started: int
    answered: int  # with at least one answer
    ended: dict[str, int]  # by why
    declined: int
    median_seconds: float | None  # from the first question to the last, of those that ended
    median_questions: float | None
    questions: tuple[QuestionTime, ...]


def survey_times(mode: str = "live") -> SurveyTimes:
    """What came of all survey links of one mode."""
    surveys = list(
        Survey.objects.filter(mode=mode).values_list(
            "pk", "mailed_at", "ended_at", "ended_because", "declined_at"
        )
    )
    of_survey: dict[int, list[SurveyAnswer]] = defaultdict(list)
    rows = SurveyAnswer.objects.filter(survey__mode=mode).defer("text").order_by("place", "id")
    for row in rows.iterator(2_000):
        of_survey[row.survey_id].append(row)
    ended = {pk: because for pk, _, at, because, _ in surveys if at is not None}
    whole = [
        sum(each.seconds for each in answers) for pk, answers in of_survey.items() if pk in ended
    ]
    counts = [len(answers) for pk, answers in of_survey.items() if pk in ended]
    return SurveyTimes(
        made=len(surveys),
        mailed=sum(mailed is not None for _, mailed, *_ in surveys),
        started=len(of_survey),
        answered=sum(
            any(not each.is_skipped for each in answers) for answers in of_survey.values()
        ),
        ended=dict(Counter(ended.values())),
        declined=sum(declined is not None for *_, declined in surveys),
        median_seconds=median(whole) if whole else None,
        median_questions=median(counts) if counts else None,
        questions=tuple(_questions(of_survey.values(), ended, of_survey)),
    )


def _questions(
    every: Iterable[list[SurveyAnswer]],
    ended: dict[int, str],
    of_survey: dict[int, list[SurveyAnswer]],
) -> list[QuestionTime]:
    asked: dict[str, list[SurveyAnswer]] = defaultdict(list)
    for answers in every:
        for each in answers:
            asked[each.question].append(each)
    last = Counter(
        answers[-1].question
        for pk, answers in of_survey.items()
        if ended.get(pk, "stopped") != "done"
    )
    found = []
    for question in ORDER:
        rows = asked.get(question, [])
        times = [each.seconds for each in rows if not each.is_skipped]
        found.append(
            QuestionTime(
                question,
                len(rows),
                len(times),
                len(rows) - len(times),
                last[question],
                median(times) if times else None,
            )
        )
    return found
