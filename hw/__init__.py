"""Ground floor: the devices of a terminal.

One folder per kind of device; each holds its drivers, a simulated device that replays what real ones do,
typed failures and a quality record. Nothing here knows what the devices are used for, and no room imports
another.
"""
