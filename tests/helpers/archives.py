"""Archives made by hand, honest and hostile, and a stand-in for the program unrar."""

import io
import stat
import sys
import tarfile
import zipfile
from pathlib import Path

# Behaves as `unrar lt` and `unrar x` on a zip file that is called .rar; a name that begins with "link" is
# written as a link, whatever it was listed as.
_UNRAR = """#!{python}
import os, sys, zipfile
words = [word for word in sys.argv[2:] if not word.startswith("-")]
try:
    opened = zipfile.ZipFile(words[0])
except zipfile.BadZipFile:
    sys.exit(words[0] + " is not RAR archive")
for info in opened.infolist():
    folder = info.filename.endswith("/")
    if sys.argv[1] == "lt":
        kind = "Directory" if folder else "Unix symbolic link" if info.external_attr >> 28 == 10 else "File"
        print(f"\\n        Name: {{info.filename.rstrip('/')}}\\n        Type: {{kind}}")
        print(f"        Size: {{info.file_size}}\\n Packed size: 1")
    elif os.path.basename(info.filename).startswith("link"):
        os.symlink("/etc/passwd", words[1] + info.filename)
    else:
        opened.extract(info, words[1])
"""


def write_zip(path: Path, members: list[tuple[str, bytes]], *, mode: int = 0, packed: bool = False) -> Path:
    """mode: of every member, as Unix has it. packed: deflated, else stored."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = archive.compression
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return path


def write_tar(path: Path, members: list[tuple[str, bytes | tarfile.TarInfo]]) -> Path:
    """A member is its content, or a TarInfo that says what else it is."""
    packed = next((kind for kind in ("gz", "bz2", "xz") if path.name.endswith(kind)), "")
    with tarfile.open(path, f"w:{packed}") as archive:  # type: ignore[call-overload]
        for name, content in members:
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name = name
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                archive.addfile(info)
    return path


def tar_info(kind: bytes, link: str = "") -> tarfile.TarInfo:
    """A member that is no file."""
    info = tarfile.TarInfo("x")
    info.type, info.linkname = kind, link
    return info


def install_unrar(folder: Path) -> Path:
    """The stand-in, in a folder for PATH."""
    program = folder / "unrar"
    program.write_text(_UNRAR.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder
