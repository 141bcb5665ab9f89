"""Which slice answers which path; `asgi.py` answers the tracking API before Django."""

from django.urls import include, path, re_path

from tenure.app.api import public_urls, unknown_path
from tenure.content.learn_page import certificate_page, lesson_page, reached_page, webinar_ics
from tenure.content.say_page import say_page
from tenure.content.site import proof_js, proof_json
from tenure.messages.choice_page import choice_page
from tenure.messages.feedback_page import feedback_page
from tenure.reasons.survey_pages import survey_page

urlpatterns = [
    path("api/", public_urls()),
    re_path(r"^(?:api|v1)/", unknown_path),
    path("mail/<str:token>", choice_page, name="mail_choices"),
    path("mail/feedback/<slug:provider>", feedback_page, name="mail_feedback"),
    path("proof.json", proof_json, name="proof-json"),
    path("tenure-proof.js", proof_js, name="proof-js"),
    path("say/<str:token>", say_page, name="say"),
    path("learn/<slug:name>", lesson_page, name="lesson-page"),
    path("learn/<slug:name>.ics", webinar_ics, name="webinar-ics"),
    path("learn/<slug:name>/<str:token>", lesson_page, name="lesson-page"),
    path("certificate/<str:token>", certificate_page, name="certificate"),
    path("reached/<slug:name>", reached_page, name="reached"),
    path("interview/<str:token>", survey_page, name="survey"),
    path("", include("tenure.console.urls")),
]

handler400 = "tenure.console.pages.errors.page.bad_request"
handler403 = "tenure.console.pages.errors.page.forbidden"
handler404 = "tenure.console.pages.errors.page.not_found"
handler500 = "tenure.app.api.broken"
