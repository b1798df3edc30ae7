"""What is refused of those who administer access; the text says what and what to do instead."""


class AccessRefused(ValueError):
    """An organisation, an identifier or a key cannot be as asked for."""
