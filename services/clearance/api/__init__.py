"""The API: answers from the store, and puts what users state into the log. It decides nothing and holds no state.

`app.create_app` puts it together; one module a page of it: `declarations`, `anomalies`, `clearance_times`, `commands`,
`operations`, `documentation`.
"""
