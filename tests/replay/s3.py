"""An S3 server of one's own, for as long as a test runs: moto, in a process, at a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager


@contextmanager
def server():
    """Gives the environment in which it is found, and a function that says how many requests it has had."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=log)

        def requests():
            log.seek(0)
            return log.read().count(b" HTTP/1.1")

        try:
            while True:
                with socket.socket() as knock:
                    if not knock.connect_ex(("127.0.0.1", port)):
                        break
                assert process.poll() is None, "moto does not start"
                time.sleep(0.05)
            secrets = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
            yield {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": "us-east-1", **secrets}, requests
        finally:
            process.kill()
            process.wait()
