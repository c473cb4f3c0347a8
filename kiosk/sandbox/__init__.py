"""The hospital in a box, on loopback: billing system, insurance agency, phone wallet, broker, collector.

What demo, tests and integrators' acceptance runs use. It keeps the contracts to
the cent, survives being killed, and is slow and rude on request. A terminal
never reaches it but over its wires.
"""
