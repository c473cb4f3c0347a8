"""What an answer to reset says beyond how to talk to the card."""


def historical_bytes(atr: bytes) -> bytes:
    """The historical bytes of an answer to reset (ISO/IEC 7816-3, §8.2); empty for one that is cut off."""
    if len(atr) < 2:
        return b""
    count, flags, place = atr[1] & 0x0F, atr[1] >> 4, 2
    while flags:
        place += flags.bit_count()
        if not flags & 0x8:  # TD, the last of the four, says which of the next four follow
            break
        if place > len(atr):
            return b""
        flags = atr[place - 1] >> 4
    return atr[place : place + count] if place + count <= len(atr) else b""
