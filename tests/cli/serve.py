#!/usr/bin/env python3
"""serve.py VIBRISA PICTURES RECIPE HOSTILE: `vibrisa serve` answers its own page and nobody else, keeps to its
limits, outlives every file in HOSTILE (where that is there), and ends cleanly by a signal."""
import glob
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile


def ask(port, method, path, body=None, **headers):
    """(status, headers, text) of one request; names of headers with _ for -."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    r = c.getresponse()
    text = r.read().decode()
    c.close()
    return r.status, r.headers, text


def check_page(port):
    status, headers, text = ask(port, "GET", "/")
    assert status == 200 and "cats, dogs" in text and 'type="file"' in text, text[:500]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    assert "http" not in text.replace("http-equiv", ""), "something from elsewhere"
    assert ask(port, "HEAD", "/")[0] == 200
    assert ask(port, "GET", "/", Host=f"localhost:{port}")[0] == 200


def check_strangers(port, picture):
    for host in ("evil.example", "evil.example:%d" % port, "127.0.0.1", "127.0.0.1:1", "localhost"):
        assert ask(port, "GET", "/", Host=host)[0] == 403, host
    for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.example"):
        assert ask(port, "POST", "/answer", picture, Origin=origin)[0] == 403, origin
    assert ask(port, "POST", "/answer", picture, Origin=f"http://localhost:{port}")[0] == 200
    for method, path, want in (("GET", "/answer", 404), ("GET", "/../etc/passwd", 404), ("POST", "/", 404),
                               ("DELETE", "/", 405), ("PUT", "/", 405)):
        assert ask(port, method, path)[0] == want, (method, path)


def check_answer(port, picture):
    status, _, text = ask(port, "POST", "/answer?name=%3Cimg%20src=x%20onerror=alert(1)%3E.jpg", picture)
    assert status == 200 and text.count("data:image/") >= 3, text[:300]
    assert "&lt;img src=x onerror=alert(1)&gt;.jpg" in text and "<img src=x" not in text
    assert "cats" in text and "dogs" in text and "conv2d" in text and "Grad-CAM" in text


def check_limits(port):
    assert ask(port, "POST", "/answer", b"")[0] == 422
    assert ask(port, "POST", "/answer", b"not a picture")[0] == 422
    # Refused by its length, before it is sent; and without one (in chunks), when it has become too long.
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.putrequest("POST", "/answer")
    c.putheader("Content-Length", str(1 << 40))
    c.endheaders()
    assert c.getresponse().status == 413
    c.close()
    pieces = (b"\0" * (1 << 20) for _ in range(33))
    assert ask(port, "POST", "/answer", pieces)[0] == 413


def check_hostile(port, folder):
    seen = {}
    for path in sorted(glob.glob(os.path.join(folder, "**"), recursive=True)):
        if os.path.isfile(path) and os.path.getsize(path) <= 32 << 20:
            with open(path, "rb") as f:
                status = ask(port, "POST", "/answer?name=x", f.read())[0]
            assert status in (200, 422), (path, status)
            seen[status] = seen.get(status, 0) + 1
    print("hostile files:", seen)


def main(vibrisa, pictures, recipe, hostile):
    with tempfile.TemporaryDirectory(prefix="vibrisa-") as scratch:
        os.chdir(scratch)
        os.mkdir("tmp")
        subprocess.run([pictures, "data", "12"], check=True)
        subprocess.run([vibrisa, "train", "data", "-r", recipe, "-q", "--no-report"], check=True)
        server = subprocess.Popen([vibrisa, "serve", "runs/tiny", "--port", "0", "--json"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=scratch + "/tmp"),
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
        try:
            port = int(json.loads(server.stdout.readline())["url"].rstrip("/").rsplit(":", 1)[1])
            with open(sorted(glob.glob("data/validation/cats/*"))[0], "rb") as f:
                picture = f.read()
            check_page(port)
            check_strangers(port, picture)
            check_limits(port)
            check_hostile(port, hostile)
            check_answer(port, picture)
            # A second server cannot have the same port.
            other = subprocess.run([vibrisa, "serve", "runs/tiny", "--port", str(port), "-q"], capture_output=True,
                                   text=True)
            assert other.returncode == 1 and "cannot listen" in other.stderr, other
            server.send_signal(signal.SIGINT)
            err = server.communicate(timeout=30)[1]
            assert server.returncode == 0, (server.returncode, err)
        finally:
            server.kill()
        assert not os.listdir("tmp"), os.listdir("tmp")


main(*(os.path.abspath(path) for path in sys.argv[1:]))
