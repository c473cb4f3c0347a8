"""Printer: papers as documents, their layout on a grid of columns, and the drivers that print them.

A `Document` is composed elsewhere; drivers print what they are given. Two drivers:
`EscPosPrinter` for 80 mm receipt printers and `PdfPrinter` for files. A state has three
values and an outcome three arms: a printer that does not answer is not out of paper.
"""

from hw.printer.channel import Channel, DeviceChannel, WriteOnlyChannel
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

__all__ = [
    "Channel",
    "Columns",
    "Cut",
    "DeviceChannel",
    "Document",
    "EscPosPrinter",
    "Fault",
    "Feed",
    "Item",
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
    "text_width",
]
