"""What a person does to a running system, whoever asks for it: a command, and later a page.

Dead letters are read, chosen and sent again; an input is set aside; readers are switched to another epoch; files are
loaded; a slice of the log becomes a recording. Nothing here asks or prints: what cannot be done is `OperationRefused`.
"""
