"""Port to the hospital's billing system (HIS): the OpenAPI document, its client, its conformance suite.

`openapi.yaml` is the contract, `port` what the terminal makes of it, `client` speaks it, `conformance` proves
from outside that a hospital keeps it, `ledger` compares a day's books by one hash.
"""
