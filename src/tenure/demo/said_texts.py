"""What people write and say around leaving, and what only sounds like it, in three languages."""

# Each by language; `{now}` and the like are not used: a text is taken as it is.
LEAVING = {
    "en": (
        "We have decided not to renew. What do you need from us?",
        "Please cancel our subscription at the end of the term.",
        "We are moving to another tool next month, can we get our data out?",
        "I'd like to close our account. Who do I talk to?",
        "We no longer need Fernhill. When does our contract end?",
        "This is to let you know that we won't be continuing after this period.",
        "Management wants everything in one system, so this will be our last invoice.",
        "Please switch off automatic renewal for us.",
        "I have to hand in our notice, what is the right form?",
        "Could you end our plan? We are cutting costs.",
    ),
    "zh-Hans": (
        "我们决定到期后不再续费,请告知流程。",
        "请帮我们取消订阅。",
        "我们下个月改用别的系统,数据怎么带走?",
        "请关闭自动续费,谢谢。",
    ),
    "zh-Hant": (
        "我們決定到期後不再續約,請告知流程。",
        "請協助取消訂閱。",
        "我們下個月改用其他系統,資料要怎麼帶走?",
        "請關閉自動續訂,謝謝。",
    ),
}
CONSIDERING = {
    "en": (
        "If the sync is not fixed this month we will have to cancel.",
        "We are looking at other tools, to be honest.",
        "My partners ask whether we should keep paying for this.",
        "How do we cancel, in case we want to?",
        "What is the notice period of our plan?",
        "Nobody uses it any more, I am thinking about cancelling.",
    ),
    "zh-Hans": ("再这样下去我们可能要换别的系统。", "请问怎么取消订阅?"),
    "zh-Hant": ("再這樣下去我們可能要換別的系統。", "請問怎麼取消訂閱?"),
}
SOUNDS_LIKE_IT = {
    "en": (
        "How do I cancel an invoice that went out by mistake?",
        "A colleague is leaving, how do I hand over her projects?",
        "Our client cancelled the project, can we still bill the hours?",
        "Please close the ticket, it works now.",
        "Can you cancel the demo on Thursday? We will find another day.",
        "We are not going to cancel, but please look at this export.",
        "Where do I end a timer that keeps running?",
        "One of our clients went bankrupt, how do I write the invoice off?",
        "We switched to the new tax codes and the sync stopped.",
    ),
    "zh-Hans": ("怎么取消一张发错的发票?", "同事离职了,项目怎么交接?", "工单可以关闭了,谢谢。"),
    "zh-Hant": (
        "怎麼取消一張寄錯的發票?",
        "同事離職了,專案要怎麼交接?",
        "這張工單可以結案了,謝謝。",
    ),
}
LATE = {
    "en": (
        "We cancelled last week, please confirm.",
        "How do we get our data now that we have given notice?",
        "When is the last day that we can sign in after the cancellation?",
    ),
    "zh-Hans": ("我们已经取消订阅,请确认。",),
    "zh-Hant": ("我們已經取消訂閱,請確認。",),
}
BOUGHT = {
    "en": (
        "We have been acquired, and our new owner will look at all tools.",
        "We were bought by a larger firm, who is our contact for the contract?",
        "We merge with our sister company in the new quarter.",
        "Our agency now belongs to a group, please change the invoice address.",
    ),
    "zh-Hans": ("我们公司被收购了,合同怎么处理?",),
    "zh-Hant": ("我們公司被併購了,合約要怎麼處理?",),
}
CLOSING = {
    "en": (
        "We are closing down the company, sorry.",
        "We had to file for insolvency, please talk to the administrator.",
        "The business closes at the end of the month.",
        "We are winding up the company, what about the open invoices?",
    ),
    "zh-Hans": ("公司下个月结业,请结清账款。",),
    "zh-Hant": ("公司下個月歇業,請結清帳款。",),
}
CALLS = (
    "Quarterly call. Happy with invoicing, asked for retainers again.",
    "Check-in. Two new people start next month, sent them the lessons.",
    "Asked about margins per project, showed the report.",
    "Short call about the accounting sync, solved.",
    "Talked through approvals, they will try them with one team.",
    "No answer, left a message.",
)
CALLS_ABOUT_LEAVING = (
    "Customer said on the phone that they will not renew.",
    "They want to leave at the end of the term, their CFO decided.",
    "Call with the buyer: they are evaluating alternatives, price is the issue.",
    "They are switching to another tool that their parent company uses.",
    "Friendly call, but they plan to cancel their contract in spring.",
    "Sounded tired of us. Did not want another training.",
)
CHATS = (
    "Good morning! The numbers of last week look right now.",
    "Can you have a look at our March invoices?",
    "Thanks, that worked.",
    "Which report shows hours by client?",
    "Our new colleague cannot see the project list.",
    "Short question about tax codes.",
    "Could you send me the webinar link again?",
)
CHINESE_CHATS = {
    "zh-Hans": ("早上好,上周的工时没问题了。", "谢谢,可以用了。", "请问哪个报表看每个客户的工时?"),
    "zh-Hant": ("早安,上週的工時沒問題了。", "謝謝,可以用了。", "請問哪張報表看每個客戶的工時?"),
}
