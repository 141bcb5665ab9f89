"""Every command of `tenure`, and the module that is imported only when it is called."""

COMMANDS = {
    "demo": "tenure.demo.commands:demo",
    "init": "tenure.app.commands:init",
    "serve": "tenure.app.commands:serve",
    "web": "tenure.app.commands:web",
    "work": "tenure.app.commands:work",
    "import": "tenure.collect.commands:import_files",
    "rejects": "tenure.collect.commands:rejects",
    "keys": "tenure.collect.commands:keys",
    "findings": "tenure.collect.commands:findings",
    "ship": "tenure.app.commands:ship",
    "refresh": "tenure.app.commands:refresh",
    "mrr": "tenure.measure.commands:mrr",
    "churn": "tenure.measure.commands:churn",
    "plan": "tenure.definitions.commands:plan",
    "apply": "tenure.definitions.commands:apply",
    "pull": "tenure.definitions.commands:pull",
    "merge": "tenure.customers.commands:merge",
    "forget": "tenure.app.commands:forget",
    "doctor": "tenure.app.commands:doctor",
    "bench": "tenure.bench.commands:bench",
}
