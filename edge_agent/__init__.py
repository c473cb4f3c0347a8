"""The link between a terminal and its hospital.

On the terminal, `edge-agent run` reads the journal (as another user, without ever writing to it) and
publishes it by MQTT until the hospital's collector has acknowledged every entry. At the hospital,
`edge-agent collect` keeps what arrives, checks the chain and shows transactions and fleet health.
"""
