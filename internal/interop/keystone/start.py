"""Runs OpenStack Keystone with an empty SQLite database on a loopback port.

It prints the base URL and a token of the administrator, and ends with its
standard input. The package keystone of Debian must be installed.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PASSWORD = "interop-root-1234"
PATIENCE = 60  # seconds


def configure(directory):
    config = os.path.join(directory, "keystone.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"[database]\nconnection = sqlite:///{directory}/keystone.db\n[token]\nprovider = fernet\nexpiration = 7200\n")
        file.write("[cache]\nenabled = true\nbackend = oslo_cache.dict\n")  # of the one process
        file.write("[identity]\npassword_hash_rounds = 4\n")  # passwords that nobody has to keep
        for section in ("fernet_tokens", "fernet_receipts", "credential"):
            os.mkdir(os.path.join(directory, section), 0o700)
            file.write(f"[{section}]\nkey_repository = {directory}/{section}\n")
    return config


def manage(config, *arguments):
    subprocess.run(["keystone-manage", "--config-file", config, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def token_of(base):
    user = {"name": "admin", "domain": {"id": "default"}, "password": PASSWORD}
    scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    request = urllib.request.Request(base + "/v3/auth/tokens", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers["X-Subject-Token"]


def wait_for_token(base):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return token_of(base)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def main():
    directory = tempfile.mkdtemp(prefix="keystone")
    server = None
    try:
        config = configure(directory)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        manage(config, "db_sync")
        owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
        manage(config, "fernet_setup", *owner)
        manage(config, "credential_setup", *owner)
        manage(config, "bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-public-url", base + "/v3/")
        server = subprocess.Popen(
            ["uwsgi", "--plugin", "python3", "--http-socket", f"127.0.0.1:{port}", "--wsgi-file", shutil.which("keystone-wsgi-public"),
             "--need-app", "--master", "--die-on-term", "--processes", "1",
             "--add-header", "Connection: close"],  # which it does, and says nothing of
            env={**os.environ, "OS_KEYSTONE_CONFIG_DIR": directory}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        print(base, wait_for_token(base), flush=True)
        sys.stdin.read()
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
