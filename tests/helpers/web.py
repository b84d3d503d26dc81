"""A web server on this machine that can cut the line, change its file, and answer with other things."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Site:
    """content: what it offers. cut_after: bytes of each of the next answers, then the line is cut.

    asked: the Range header of every request. version: its ETag. ranges: whether it can send a part.
    """

    content: bytes
    cut_after: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    version: str = '"one"'
    ranges: bool = True
    status: int = 200
    kind: str = "application/octet-stream"
    url: str = ""


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site at `site.url` within the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            site.asked.append(asked)
            start = 0
            status = site.status
            if asked and site.ranges and self.headers.get("If-Range") == site.version:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                status = 206 if start < len(site.content) else 416
            body = site.content[start:]
            self.send_response(status)
            self.send_header("Content-Type", site.kind)
            self.send_header("Content-Length", str(len(body)))
            if site.version:
                self.send_header("ETag", site.version)
            if status == 206:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}"
                )
            if status == 416:
                self.send_header("Content-Range", f"bytes */{len(site.content)}")
            self.end_headers()
            self.wfile.write(body[: site.cut_after.pop(0)] if site.cut_after else body)
            self.close_connection = True

        def log_message(self, *words: object) -> None:
            """Nothing: the tests say what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        site.url = f"http://127.0.0.1:{server.server_address[1]}/set.zip"
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
