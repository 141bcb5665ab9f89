"""One sentence for each command, so that `tenure --help` imports none of them.

A test holds that each is the first line of the command's own help.
"""

SUMMARIES = {
    "demo": "Simulate a company, and load what happened to it.",
    "init": "Make an installation in the home folder.",
    "serve": "Serve pages and tracking, and work in the background.",
    "web": "Answer HTTP only; run `tenure work` beside it.",
    "work": "Ship, watch, refresh and send in the background until stopped.",
    "import": "Load a file or a folder in any layout, as a map describes it.",
    "rejects": "List, show, mend and dismiss what could not be taken in.",
    "keys": "Create, list and revoke the write keys of the tracking API.",
    "findings": "List where the data contradicts itself.",
    "ship": "Move what has arrived from the inbox to the lake.",
    "refresh": "Bring everything that is derived up to date.",
    "mrr": "MRR at the end of each month, and the movements that explain it.",
    "churn": "Accounts and MRR that joined, moved and left in each month, "
    "and the rates that follow.",
    "card": "Print the card of an account or person, as it is now or was known at a time.",
    "signals": "List what needs somebody now, judge signals by history, or propose new ones.",
    "tokens": "Create, list and revoke the tokens of the JSON API.",
    "product": "Show, draft and check the product file.",
    "segment": "List segments, count and list their members, and say why somebody is in one.",
    "plan": "Show what applying the definitions in FOLDER would change.",
    "apply": "Put the definitions in FOLDER in force: all of them, or none when one is refused.",
    "pull": "Write the definitions that are in force to FOLDER, as files.",
    "messages": "Count the messages that were meant to be sent, and settle the unsure ones.",
    "offers": "List offers, try what an account would be shown, "
    "and see what was learned and spent.",
    "saves": "List saves with their checks, and how long they last, beside similar accounts.",
    "cancel-keys": "Create, list and revoke the keys that sign who may open the cancel flow.",
    "leaving-log": "Export the log of the cancel flow, and verify that nobody changed it.",
    "leaving-report": "What the cancel flow kept, with and without those who would have stayed "
    "anyway.",
    "content": "What customers said and may be said again; lessons, goals, and who learned what.",
    "reasons": "Why accounts left: as they said, and as what was seen before says.",
    "reviews": "Each leaving: known or a surprise, who acted on which warning, could it have been "
    "overcome.",
    "worth": "Who deserves effort before or after leaving: a verdict with its grounds, in order.",
    "fixes": "What was shipped so that nobody leaves twice for the same thing, "
    "and what came of it.",
    "interviews": "Ask those who left: survey links, a sheet for the talk, and its notes.",
    "replay": "What the play NAME would have done in the past: the last 90 days, unless said "
    "otherwise.",
    "plays": "Programmes that reach people: which there are, who is in them, and why.",
    "mail": "Mails of plays: which there are, how one would look for anybody, and a test of it.",
    "billing": "List the changes of billing that were promised, try one again, "
    "check the connection.",
    "merge": "Merge LOSER into WINNER: both are one account or person, called WINNER.",
    "forget": "Remove a person or an account, everywhere and for ever.",
    "doctor": "Check the installation and say what to mend.",
    "bench": "Measure Tenure against the limits of this machine.",
}
