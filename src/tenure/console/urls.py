"""Paths of the console's pages."""

from django.urls import URLPattern, path

from tenure.console.pages.account import column, outcome_entry
from tenure.console.pages.account import page as account
from tenure.console.pages.accounts import page as accounts
from tenure.console.pages.calendar import page as calendar
from tenure.console.pages.data import page as data
from tenure.console.pages.data import rejected
from tenure.console.pages.education import editor as education_editor
from tenure.console.pages.education import page as education
from tenure.console.pages.explain import page as explain
from tenure.console.pages.find import page as find
from tenure.console.pages.fixes import behind as fix_behind
from tenure.console.pages.fixes import edit as fix_edit
from tenure.console.pages.fixes import one as fix
from tenure.console.pages.fixes import page as fixes
from tenure.console.pages.flows import editor as flow_editor
from tenure.console.pages.flows import page as flows
from tenure.console.pages.flows import screens as flow_screens
from tenure.console.pages.flows import trying as flow_trying
from tenure.console.pages.flows.new_flow import new_flow
from tenure.console.pages.flows.used import flow_visits
from tenure.console.pages.inbox import page as inbox
from tenure.console.pages.interviews import page as interviews
from tenure.console.pages.interviews import sheet as interview_sheet
from tenure.console.pages.leaving import owed as leaving_owed
from tenure.console.pages.leaving import page as leaving
from tenure.console.pages.leaving import saves as leaving_saves
from tenure.console.pages.leaving_log import page as leaving_log
from tenure.console.pages.messages import one as one_message
from tenure.console.pages.messages import page as messages
from tenure.console.pages.messages.listed import message_list
from tenure.console.pages.movements import page as movements
from tenure.console.pages.overview import page as overview
from tenure.console.pages.person import page as person
from tenure.console.pages.plays import editor as play_editor
from tenure.console.pages.plays import one as play
from tenure.console.pages.plays import page as plays
from tenure.console.pages.plays import replayed
from tenure.console.pages.preferences import preferences
from tenure.console.pages.product import behind as product_behind
from tenure.console.pages.product import editor as product_editor
from tenure.console.pages.product import page as product
from tenure.console.pages.proof import one as proof_one
from tenure.console.pages.proof import page as proof
from tenure.console.pages.reasons import behind as reasons_behind
from tenure.console.pages.reasons import one as reason
from tenure.console.pages.reasons import page as reasons
from tenure.console.pages.reasons import themes as reason_themes
from tenure.console.pages.reviews import one as review
from tenure.console.pages.reviews import page as reviews
from tenure.console.pages.segments import editor as segment_editor
from tenure.console.pages.segments import one as segment
from tenure.console.pages.segments import page as segments
from tenure.console.pages.sign_in import by_mail
from tenure.console.pages.sign_in import page as sign_in
from tenure.console.pages.signals import one as signal
from tenure.console.pages.signals import page as signals
from tenure.console.pages.suppressions import page as suppressed
from tenure.console.pages.tasks import page as tasks
from tenure.console.pages.tasks.new_task import new_task
from tenure.console.pages.templates import one as one_template
from tenure.console.pages.templates.page import templates_page
from tenure.console.pages.visit import page as visit
from tenure.console.pages.why.page import why_page
from tenure.console.pages.worth import one as worth_case
from tenure.console.pages.worth import page as worth
from tenure.console.pages.you import page as you
from tenure.console.pages.you.messages import you_messages

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("overview.csv", overview.overview_csv, name="overview-csv"),
    path("charts/<slug:name>.<str:kind>", overview.chart_file, name="chart-file"),
    path("movements", movements.movements_page, name="movements"),
    path("movements.csv", movements.movements_csv, name="movements-csv"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts.csv", accounts.accounts_csv, name="accounts-csv"),
    path("accounts/<path:account_id>", account.account, name="account"),
    path("cards/<slug:kind>/<slug:name>", column.card_column, name="card-column"),
    path("people/<path:person_id>", person.person_page, name="person"),
    path("outcome", outcome_entry.account_outcome, name="account-outcome"),
    path("timeline", account.account_timeline, name="timeline"),
    path("explain/<slug:metric>", explain.explain_figure, name="explain"),
    path("signals", signals.signals_page, name="signals"),
    path("signals/<int:signal_id>", signal.signal_page, name="signal"),
    path("leaving", leaving.leaving_page, name="leaving"),
    path("leaving/reviews", reviews.reviews_page, name="reviews"),
    path("leaving/reviews.csv", reviews.reviews_csv, name="reviews-csv"),
    path("leaving/reviews/<int:review_id>", review.review_page, name="review"),
    path("leaving/worth", worth.worth_page, name="worth"),
    path("leaving/worth/<int:case_id>", worth_case.case_page, name="worth-case"),
    path("leaving/worth/<int:case_id>/<slug:what>", worth_case.case_act, name="worth-act"),
    path("leaving/visits/<slug:visit_id>", visit.visit_page, name="visit"),
    path("leaving/saves", leaving_saves.saves_page, name="saves"),
    path("leaving/commitments", leaving_owed.commitments_page, name="commitments"),
    path("leaving/reasons", reasons.reasons_page, name="reasons"),
    path("leaving/reasons.csv", reasons.reasons_csv, name="reasons-csv"),
    path("leaving/reasons/behind", reasons_behind.reasons_behind, name="reasons-behind"),
    path(
        "leaving/reasons/behind.csv", reasons_behind.reasons_behind_csv, name="reasons-behind-csv"
    ),
    path("leaving/reasons/themes/<slug:key>", reason_themes.theme_page, name="reason-theme"),
    path(
        "leaving/reasons/themes/<slug:key>/rename", reason_themes.rename_theme, name="rename-theme"
    ),
    path("leaving/reasons/<slug:code>", reason.reason_page, name="reason"),
    path("leaving/fixes", fixes.fixes_page, name="fixes"),
    path("leaving/fixes.csv", fixes.fixes_csv, name="fixes-csv"),
    path("leaving/new-fix", fix_edit.new_fix, name="new-fix"),
    path("leaving/fixes/<slug:key>", fix.fix_page, name="fix"),
    path("leaving/fixes/<slug:key>/edit", fix_edit.edit_fix, name="edit-fix"),
    path("leaving/fixes/<slug:key>/act", fix.act_on_fix, name="fix-act"),
    path("leaving/fixes/<slug:key>/behind", fix_behind.fix_behind, name="fix-behind"),
    path("leaving/fixes/<slug:key>/left.csv", fix.left_csv, name="fix-left-csv"),
    path("leaving/fixes/<slug:key>/here.csv", fix.here_csv, name="fix-here-csv"),
    path("leaving/interviews", interviews.interviews_page, name="interviews"),
    path("leaving/interviews/link", interviews.make_link, name="make-survey-link"),
    path(
        "leaving/interviews/surveys/<slug:public_id>",
        interviews.survey_answers,
        name="survey-answers",
    ),
    path("leaving/interviews/talks/<slug:key>", interview_sheet.talk_page, name="talk"),
    path(
        "leaving/interviews/sheet/<path:account_id>",
        interview_sheet.interview_sheet,
        name="interview-sheet",
    ),
    path("leaving/flows", flows.flows_page, name="flows"),
    path("leaving/new-flow", new_flow, name="new-flow"),
    path("leaving/new-key", flow_trying.create_key, name="create-cancel-key"),
    path("leaving/flow-accounts", flow_trying.accounts_found, name="flow-accounts"),
    path("leaving/flows/<slug:name>", flow_editor.edit_flow, name="flow"),
    path("leaving/flows/<slug:name>/preview", flow_editor.preview_part, name="flow-preview"),
    path("leaving/flows/<slug:name>/screen", flow_screens.flow_screen, name="flow-screen"),
    path("leaving/flows/<slug:name>/screens", flow_screens.flow_screens, name="flow-screens"),
    path("leaving/flows/<slug:name>/visits", flow_visits, name="flow-visits"),
    path("leaving/flows/<slug:name>/try", flow_trying.try_flow, name="try-flow"),
    path("leaving/flows/<slug:name>/withdraw", flow_editor.withdraw_flow, name="withdraw-flow"),
    path("leaving/definitions/<slug:kind>", flow_editor.edit_definition, name="edit-definition"),
    path(
        "leaving/definitions/<slug:kind>/check", flow_editor.check_written, name="check-definition"
    ),
    path(
        "leaving/definitions/<slug:kind>/<slug:name>/check",
        flow_editor.check_written,
        name="check-definition",
    ),
    path("leaving/log", leaving_log.log_page, name="leaving-log"),
    path("leaving/log/check", leaving_log.check_log, name="check-leaving-log"),
    path("leaving/log.<slug:fmt>", leaving_log.log_export, name="leaving-log-export"),
    path("segments", segments.segments_page, name="segments"),
    path("segments/editor", segment_editor.editor, name="segment-editor"),
    path("segments/editor/save", segment_editor.save, name="save-segment"),
    path("segments/<slug:name>", segment.segment_page, name="segment"),
    path("segments/<slug:name>/withdraw", segment.withdraw_segment, name="withdraw-segment"),
    path("segments/<slug:name>/why/<path:subject_id>", segment.why_page, name="segment-why"),
    path("plays", plays.plays_page, name="plays"),
    path("plays.csv", plays.plays_csv, name="plays-csv"),
    path("plays/<slug:name>", play.play_page, name="play"),
    path("plays/<slug:name>/switch", play.switch_play, name="switch-play"),
    path("plays/<slug:name>/replay", play.replay_now, name="replay-play"),
    path("plays/<slug:name>/replayed/<int:number>", replayed.replayed_frame, name="replayed-mail"),
    path("plays/<slug:name>/reached", play.reached_page, name="play-reached"),
    path("plays/<slug:name>/in/<slug:step>", play.in_step_page, name="play-step"),
    path("plays/<slug:name>/edit", play_editor.edit_play, name="edit-play"),
    path("plays/<slug:name>/check", play_editor.check_written, name="check-play"),
    path("product", product.product_page, name="product"),
    path("product/edit", product_editor.edit_product, name="edit-product"),
    path("product/check", product_editor.check_text, name="check-product"),
    path("product/accounts", product_behind.product_behind, name="product-behind"),
    path("data", data.data, name="data"),
    path("data/keys", data.create_key, name="create-key"),
    path("data/keys/<int:key_id>/revoke", data.revoke_key, name="revoke-key"),
    path("data/rejected", rejected.rejected, name="rejected"),
    path("data/rejected.csv", rejected.rejected_csv, name="rejected-csv"),
    path("data/rejected/dismiss", rejected.dismiss, name="dismiss-rejected"),
    path("data/rejected/<int:row_id>", rejected.rejected_row, name="rejected-row"),
    path("tasks", tasks.tasks, name="tasks"),
    path("tasks/new", new_task, name="new-task"),
    path("tasks/<int:task_id>", tasks.task, name="task"),
    path("tasks/<int:task_id>/<slug:what>", tasks.act, name="task-act"),
    path("calendar", calendar.calendar_page, name="calendar"),
    path("calendar/<slug:on>", calendar.day_page, name="calendar-day"),
    path("why", why_page, name="why"),
    path("inboxes", inbox.inboxes_page, name="inboxes"),
    path("inboxes/frame/<int:message_id>", inbox.message_frame, name="inbox-message"),
    path("inboxes/of/<path:person_id>", inbox.inbox_page, name="inbox"),
    path("messages", messages.messages_page, name="messages"),
    path("messages/resolve", messages.resolve, name="resolve-message"),
    path("messages/all", message_list, name="message-list"),
    path("messages/<int:number>", one_message.message_page, name="message"),
    path("messages/<int:number>/answers/<int:reply>", one_message.keep_reply, name="keep-reply"),
    path("messages/<int:number>/frame", one_message.message_frame, name="message-frame"),
    path("templates", templates_page, name="templates"),
    path("templates/<slug:play>/<slug:mail>", one_template.template_page, name="template"),
    path(
        "templates/<slug:play>/<slug:mail>/frame",
        one_template.template_frame,
        name="template-frame",
    ),
    path("templates/<slug:play>/<slug:mail>/try", one_template.try_template, name="try-template"),
    path("suppression", suppressed.suppressions_page, name="suppressions"),
    path("suppression/lift", suppressed.lift, name="lift-suppression"),
    path("suppression/add", suppressed.add, name="add-suppression"),
    path("suppression/import", suppressed.take_file, name="import-suppressions"),
    path("proof", proof.proof_page, name="proof"),
    path("proof.csv", proof.proof_csv, name="proof-csv"),
    path("proof/ask", proof.make_link, name="proof-ask"),
    path("proof/public", proof.add_public, name="proof-public"),
    path("proof/mentions", proof.add_mentions, name="proof-mentions"),
    path("proof/said/<slug:key>", proof_one.proof_one, name="proof-one"),
    path("proof/said/<slug:key>/<slug:what>", proof_one.proof_act, name="proof-act"),
    path("education", education.education_page, name="education"),
    path("education/progress.csv", education.progress_csv, name="progress-csv"),
    path("education/lessons/<slug:name>", education.lesson_page, name="education-lesson"),
    path("education/goals/<slug:name>", education.goal_page, name="education-goal"),
    path("education/write/<slug:kind>", education_editor.begin_writing, name="begin-writing"),
    path("education/out/<slug:kind>/<slug:name>", education_editor.put_out, name="put-out"),
    path("education/lessons/<slug:name>/edit", education_editor.edit_lesson, name="edit-lesson"),
    path("education/lessons/<slug:name>/check", education_editor.check_lesson, name="check-lesson"),
    path(
        "education/lessons/<slug:name>/look", education_editor.look_at_lesson, name="look-at-lesson"
    ),
    path("education/goals/<slug:name>/edit", education_editor.edit_goal, name="edit-goal"),
    path("education/goals/<slug:name>/check", education_editor.check_goal, name="check-goal"),
    path("education/goals/<slug:name>/look", education_editor.look_at_goal, name="look-at-goal"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-in/by-mail", by_mail.ask, name="sign-in-by-mail"),
    path("sign-in/<str:token>", sign_in.open_link, name="sign-in-link"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("preferences", preferences, name="preferences"),
    path("you", you.you, name="you"),
    path("you/messages", you_messages, name="you-messages"),
    path("find", find.find, name="find"),
]
