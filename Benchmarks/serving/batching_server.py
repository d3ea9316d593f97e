#!/usr/bin/env python3
"""What one would build instead: grpc.aio in front of ONNX Runtime with a batching queue.

usage: batching_server.py --model int8.onnx --tokenizer tokenizer.json --port PORT

It serves rankwire.v1.IntentService/ClassifyIntent, so that the same load generator asks the same
texts. Written as its libraries advise: one ONNX Runtime session with one thread, run outside the
interpreter's lock; a batch is whatever waits when the session is free, cut into groups of neighbours
in length so that little is padded; what has expired is dropped; a full queue refuses at once. The
vectors are compared with as many examples as the server's store has, by one matrix product.
"""

import argparse
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import onnxruntime
from rankwire.v1 import intent_service_pb2 as messages
from rankwire.v1 import intent_service_pb2_grpc as services
from tokenizers import Tokenizer

MAX_BATCH = 32
GROUP = 8
MAX_WAITING = 8192
MAX_TOKENS = 256
EXAMPLES, INTENTS = 1000, 45


class Encoder:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"])

    def encode(self, sequences):
        """A vector a sequence, in their order."""
        vectors = np.empty((len(sequences), 384), np.float32)
        order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
        for start in range(0, len(order), GROUP):
            group = order[start : start + GROUP]
            vectors[group] = self.encode_padded([sequences[index] for index in group])
        return vectors

    def encode_padded(self, sequences):
        longest = max(map(len, sequences))
        ids = np.zeros((len(sequences), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        return self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


class BatchingQueue:
    def __init__(self, encoder):
        self.encoder = encoder
        self.waiting = []
        self.arrived = asyncio.Event()
        self.thread = ThreadPoolExecutor(1)

    async def encode(self, ids, deadline):
        if len(self.waiting) >= MAX_WAITING:
            return None
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append((ids, deadline, answer))
        self.arrived.set()
        return await answer

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            await self.arrived.wait()
            batch = self.take()
            if not batch:
                continue
            vectors = await loop.run_in_executor(
                self.thread, self.encoder.encode, [ids for ids, _, _ in batch])
            for vector, (_, _, answer) in zip(vectors, batch):
                if not answer.done():
                    answer.set_result(vector)

    def take(self):
        """The oldest, those of them that still matter."""
        now = time.monotonic()
        batch = []
        while self.waiting and len(batch) < MAX_BATCH:
            oldest = self.waiting[: MAX_BATCH - len(batch)]
            del self.waiting[: len(oldest)]
            batch += [one for one in oldest if one[1] > now and not one[2].done()]
        if not self.waiting:
            self.arrived.clear()
        return batch


class IntentService(services.IntentServiceServicer):
    def __init__(self, queue, tokenizer):
        self.queue = queue
        self.tokenizer = tokenizer
        examples = np.random.default_rng(1).standard_normal((EXAMPLES, 384), np.float32)
        self.examples = examples / np.linalg.norm(examples, axis=1, keepdims=True)

    async def ClassifyIntent(self, request, context):
        left = context.time_remaining()
        deadline = time.monotonic() + left if left is not None else float("inf")
        ids = self.tokenizer.encode(request.text).ids
        vector = await self.queue.encode(ids, deadline)
        if vector is None:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the queue is full")
        best = int(np.argmax(self.examples @ vector))
        response = messages.ClassifyIntentResponse(bundle_version="python")
        response.intents.add(intent=str(best % INTENTS), score=float(self.examples[best] @ vector))
        return response


async def serve(options):
    tokenizer = Tokenizer.from_file(options.tokenizer)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    queue = BatchingQueue(Encoder(options.model))
    server = grpc.aio.server()
    services.add_IntentServiceServicer_to_server(IntentService(queue, tokenizer), server)
    server.add_insecure_port(f"127.0.0.1:{options.port}")
    await server.start()
    print("ready", flush=True)
    await queue.run()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
