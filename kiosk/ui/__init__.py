"""What the patient sees and touches.

The only room that knows Kivy. It gets frozen views from `kiosk.journeys.views` and sends
intents back; between the two there are only queues. It decides nothing about money, rules
or order: a screen is a layout of what its view says.

Nothing here imports Kivy before `config.prepare()` has run, because Kivy reads its
environment and opens its window while it is being imported.
"""
