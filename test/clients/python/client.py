"""A graphql-transport-ws client that needs nothing but Python's standard library.

Reads one JSON object from standard input: host, port and documents, by what they are for.
Creates a source connection, lists its transitions, subscribes behind them, runs it, and prints one JSON object with what it saw.
"""

import base64
import hashlib
import json
import os
import socket
import struct
import sys
import urllib.request

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TIMEOUT_SECONDS = 60


class WebSocket:
    """RFC 6455, client side."""

    def __init__(self, host, port, path, protocol):
        self.socket = socket.create_connection((host, port), timeout=TIMEOUT_SECONDS)
        self.reader = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        request = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            f"Sec-WebSocket-Protocol: {protocol}",
        ]
        self.socket.sendall(("\r\n".join(request) + "\r\n\r\n").encode())
        status = self.reader.readline().decode()
        if " 101 " not in status:
            raise SystemExit(f"the upgrade was refused: {status}")
        headers = {}
        while (line := self.reader.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        expected = base64.b64encode(hashlib.sha1((key + ACCEPT_GUID).encode()).digest()).decode()
        if headers.get("sec-websocket-accept") != expected or headers.get("sec-websocket-protocol") != protocol:
            raise SystemExit(f"the handshake is not right: {headers}")

    def send_frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def read_frame(self):
        first, second = self.reader.read(2)
        if second & 0x80:
            raise SystemExit("a server must not mask")
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self.reader.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.reader.read(8))
        return first & 0x80 != 0, first & 0x0F, self.reader.read(size)

    def send(self, message):
        self.send_frame(TEXT, json.dumps(message).encode())

    def receive(self):
        """The next message; None when the server has closed."""
        text = b""
        while True:
            final, opcode, payload = self.read_frame()
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                return None
            elif opcode != PONG:
                text += payload
                if final:
                    return json.loads(text)

    def close(self):
        """Says goodbye and answers with the code that the server says it with."""
        self.send_frame(CLOSE, struct.pack("!H", 1000))
        while True:
            _, opcode, payload = self.read_frame()
            if opcode == CLOSE:
                self.socket.close()
                return struct.unpack("!H", payload[:2])[0]


class Client:
    """The protocol graphql-transport-ws, one operation at a time."""

    def __init__(self, host, port):
        self.socket = WebSocket(host, port, "/graphql", "graphql-transport-ws")
        self.count = 0
        self.socket.send({"type": "connection_init"})
        message = self.message()
        if message["type"] != "connection_ack":
            raise SystemExit(f"not acknowledged: {message}")

    def message(self):
        while True:
            message = self.socket.receive()
            if message is None:
                raise SystemExit("the server closed the socket")
            if message["type"] == "ping":
                self.socket.send({"type": "pong"})
            else:
                return message

    def subscribe(self, query, variables):
        self.count += 1
        self.socket.send({"id": str(self.count), "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return str(self.count)

    def next(self, operation):
        message = self.message()
        if message["type"] != "next" or message["id"] != operation or message["payload"].get("errors"):
            raise SystemExit(f"expected an event of operation {operation}: {message}")
        return message["payload"]["data"]

    def query(self, query, variables):
        operation = self.subscribe(query, variables)
        data = self.next(operation)
        message = self.message()
        if message != {"id": operation, "type": "complete"}:
            raise SystemExit(f"expected operation {operation} to complete: {message}")
        return data

    def refusal(self, query):
        operation = self.subscribe(query, {})
        message = self.message()
        if message["type"] != "error" or message["id"] != operation:
            raise SystemExit(f"expected operation {operation} to be refused: {message}")
        return message["payload"][0]["extensions"]["code"]


def post(host, port, query, variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"http://{host}:{port}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        return json.load(response)["data"]


def main():
    task = json.load(sys.stdin)
    host, port, documents = task["host"], task["port"], task["documents"]
    client = Client(host, port)
    sources = client.query(documents["sources"], {})["sources"]["nodes"]
    settings = {"name": "Fake shop", "sourceShortName": "faker", "config": {"count": 20}, "syncImmediately": False}
    created = client.query(documents["create"], {"input": settings})["createSourceConnection"]
    connection = created["sourceConnection"]
    chosen = {"sourceConnectionId": connection["id"]}
    listed = client.query(documents["list"], {"filter": chosen})["syncJobTransitions"]

    watch = client.subscribe(documents["watch"], {"filter": chosen, "after": listed["pageInfo"]["endCursor"]})
    # Over HTTP, so that what comes on the socket is the subscription's alone.
    started = post(host, port, documents["run"], {"input": {"id": connection["id"]}})["runSourceConnection"]
    steps = [client.next(watch)["syncJobTransitions"] for _ in range(3)]
    client.socket.send({"id": watch, "type": "complete"})

    page = client.query(documents["browse"], {"by": {"id": connection["collection"]["id"]}, "first": 10})["collection"]
    code = client.refusal("{ thereIsNoSuchField }")
    result = {
        "sources": [source["shortName"] for source in sources],
        "created": created["__typename"],
        "jobId": started["syncJob"]["id"],
        "steps": [[step["syncJob"]["id"], step["sequence"], step["to"]] for step in steps],
        "records": len(page["records"]["nodes"]),
        "recordCount": page["recordCount"],
        "refusal": code,
        "closed": client.socket.close(),
    }
    json.dump(result, sys.stdout)


main()
