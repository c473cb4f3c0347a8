"""One word to the hand before the glass of this machine: python3 tell.py PORT WORD; prints its answer."""

import socket
import sys

ANSWER_MAX_S = 100

if __name__ == "__main__":
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), ANSWER_MAX_S) as link:
        link.sendall(sys.argv[2].encode() + b"\n")
        print(link.makefile().read(), end="")
