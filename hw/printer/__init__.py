"""Printer: papers as documents, their layout on a grid of columns, and the drivers that print them.

A `Document` is composed elsewhere; drivers print what they are given, a copy never without its
mark. Three drivers: `EscPosPrinter` for 80 mm receipt printers (USB, serial, network), `CupsPrinter`
for A4 and A5 through the print service, `PdfPrinter` for files. A `PaperQueue` remembers across a
power cut which papers were on their way. A state has three values and an outcome three arms: a
printer that does not answer is not out of paper.
"""

from hw.printer.channel import Channel, DeviceChannel, WriteOnlyChannel
from hw.printer.connect import connector
from hw.printer.cups import CupsPrinter
from hw.printer.document import Columns, Cut, Document, Feed, Item, Qr, Rule, Text, text_width
from hw.printer.escpos import EscPosPrinter
from hw.printer.pdf import PdfPrinter
from hw.printer.port import (
    Fault,
    Printed,
    Printer,
    PrinterFault,
    PrinterOk,
    PrinterState,
    PrinterUnknown,
    PrintFailed,
    PrintOutcome,
    PrintUnknown,
)
from hw.printer.queue import Job, JobState, NotWaiting, PaperQueue, QueueError

__all__ = [
    "Channel",
    "Columns",
    "CupsPrinter",
    "Cut",
    "DeviceChannel",
    "Document",
    "EscPosPrinter",
    "Fault",
    "Feed",
    "Item",
    "QueueError",
    "PaperQueue",
    "NotWaiting",
    "JobState",
    "Job",
    "PdfPrinter",
    "PrintFailed",
    "PrintOutcome",
    "PrintUnknown",
    "Printed",
    "Printer",
    "PrinterFault",
    "PrinterOk",
    "PrinterState",
    "PrinterUnknown",
    "Qr",
    "Rule",
    "Text",
    "WriteOnlyChannel",
    "connector",
    "text_width",
]
