"""A server that says what a test tells it to say, byte for byte, on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SPORT = {
    "explanation": "It says so.",
    "keywords": [],
    "label": "sport",
    "probabilities": [
        {"class": "sport", "probability": 0.75},
        {"class": "politics", "probability": 0.25},
    ],
}


def completion(content, finish="stop", logprobs=None, **others):
    """A completion in the words of OpenAI's protocol."""
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    if logprobs is not None:
        choice["logprobs"] = {"content": logprobs}
    usage = {"prompt_tokens": 50, "completion_tokens": 20, "total_tokens": 70}
    return {"id": "x", "choices": [choice], "usage": usage, **others}


def answer(**changes):
    """The completion of an answer, some of its fields changed."""
    return completion(json.dumps({**SPORT, **changes}))


def error(message="no", **fields):
    return {"error": {"message": message, **fields}}


class PlainServer:
    """Calls ``respond(body, request)``, which returns a status, a body and headers."""

    def __init__(self, respond):
        self.requests = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.loads(raw)
                server.requests.append((self.path, dict(self.headers), body))
                status, content, *more = respond(body)
                if not isinstance(content, bytes):
                    content = json.dumps(content).encode()
                headers = {"Content-Type": "application/json", **(more or [{}])[0]}
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    @property
    def bodies(self):
        return [body for _, _, body in self.requests]

    def __enter__(self):
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
