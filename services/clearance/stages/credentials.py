"""The arguments of aiokafka's clients as Faust takes them, which makes a client of aiokafka of its own."""

from faust.auth import Credentials, OAuthCredentials, SASLCredentials, SSLCredentials

from clearance.kafka import security


def credentials() -> Credentials | None:
    """None for plain text. Raises `InvalidSetting`."""
    told = security.for_aiokafka()
    context = told["ssl_context"]
    if provider := told.get("sasl_oauth_token_provider"):
        return OAuthCredentials(oauth_cb=provider, ssl_context=context)
    if mechanism := told.get("sasl_mechanism"):
        name, password = told["sasl_plain_username"], told["sasl_plain_password"]
        return SASLCredentials(username=name, password=password, ssl_context=context, mechanism=mechanism)
    return SSLCredentials(context) if context else None
