"""Python's requests makes the calls: calls.py BASE REUSED_BASE PROXIED_URL.

A line for each: its name, the status, what came, separated by tabs. PROXIED_URL is reached by HTTP_PROXY of the environment.
"""

import hashlib
import sys

import requests

base, reused, proxied = sys.argv[1:]
upload = b"x" * 100_000
seconds = 30


def pieces():
    for start in range(0, len(upload), 10_000):
        yield upload[start : start + 10_000]


def tell(name, response, came=None):
    print(name, response.status_code, response.text if came is None else came, sep="\t")


with requests.Session() as session:
    tell("local", session.get(f"{base}/local", timeout=seconds))
    tell("get", session.get(f"{base}/through/get", params={"a": "b"}, timeout=seconds))
    tell("post", session.post(f"{base}/through/post", data=upload, timeout=seconds))
    tell("chunked", session.post(f"{base}/through/chunked", data=pieces(), timeout=seconds))
    response = session.head(f"{base}/through/head", timeout=seconds)
    tell("head", response, response.headers["content-length"])
    response = session.get(f"{base}/nowhere", timeout=seconds)
    tell("not-found", response, response.headers["x-tandem-flags"])
    response = session.get(f"{base}/through/download", timeout=seconds)
    tell("download", response, hashlib.sha256(response.content).hexdigest())
    tell("proxied", session.get(proxied, timeout=seconds))

with requests.Session() as session:
    statuses = [session.get(f"{reused}/through/{number}", timeout=seconds).status_code for number in range(10)]
    print("reused", " ".join(map(str, statuses)), sep="\t")
