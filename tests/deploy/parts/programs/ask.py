"""One question over HTTP from inside a fleet's network: python ask.py URL BODY; prints the answer."""

import sys
import urllib.request

ANSWER_MAX_S = 15

if __name__ == "__main__":
    url, body = sys.argv[1:]
    asked = urllib.request.Request(url, body.encode() or None, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    print(opener.open(asked, timeout=ANSWER_MAX_S).read().decode())
