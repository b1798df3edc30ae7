"""Who may ask and state what: organisations, keys, scopes. It lies beside the store and is not derived from the log.

`key_form`, `identifiers`, `scopes` and `verdicts` are pure; `database` opens the tables of `schema`, `organisations`
and `keys` read and change them.
"""
