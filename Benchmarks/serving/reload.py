#!/usr/bin/env python3
"""Has a server load its bundle anew every few seconds until it is ended.

usage: reload.py HOST:PORT SECONDS
"""

import sys
import time

import grpc
from rankwire.v1 import model_service_pb2 as messages
from rankwire.v1 import model_service_pb2_grpc as services


def main() -> None:
    target, seconds = sys.argv[1:]
    with grpc.insecure_channel(target) as channel:
        models = services.ModelServiceStub(channel)
        while True:
            time.sleep(float(seconds))
            reply = models.ReloadModel(messages.ReloadModelRequest(), timeout=60)
            print(f"reloaded in {reply.duration_ms} ms", flush=True)


if __name__ == "__main__":
    main()
