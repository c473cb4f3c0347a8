"""What Ansible sends to a host, compiled beforehand: most of a task's time there goes into compiling it.

Ansible packs the source of a module and of all that it imports into an archive, and Python keeps nothing
compiled for archives. The hosts of the tests look for the same source, compiled, on their disk first, and
compile whatever differs in a single letter themselves: what runs is what Ansible has sent.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import ansible
from cache import kept

COMPILE_MAX_S = 300
PLACE = "var/lib/ansible-compiled"

# Beside the controller's own: what a terminal that fetches its source plays with.
_OF_DEBIAN = "usr/lib/python3/dist-packages/ansible"
_SENT = ("module_utils", "modules")

_SITECUSTOMIZE = f"""import _imp
import marshal
import os
import zipimport

_compile = zipimport._compile_source
_python = zipimport._bootstrap_external


def _kept_or_compiled(path, source):
    _, inside, name = path.partition(".zip/ansible/")
    for kept in os.listdir("/{PLACE}") if inside else ():
        try:
            with open(f"/{PLACE}/{{kept}}/{{name}}c", "rb") as file:
                magic, _flags, of = file.read(4), file.read(4), file.read(8)
                code = file.read()
        except FileNotFoundError:
            continue
        if (magic, of) == (_python.MAGIC_NUMBER, _imp.source_hash(_python._RAW_MAGIC_NUMBER, source)):
            found = marshal.loads(code)
            _imp._fix_co_filename(found, path)
            return found
    return _compile(path, source)


zipimport._compile_source = _kept_or_compiled
"""


def lay_compiled(root: Path, base: Path) -> None:
    """Onto the disk `root` of a host that does not run, which is an overlay of `base`."""
    compiled = kept(f"ansible-{ansible.__version__}-{base.name}", lambda folder: _compile(root, folder))
    shutil.copytree(compiled, root / PLACE)
    (root / "etc/python3.11/sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="ascii")


def _compile(root: Path, folder: Path) -> None:
    """With the Python of the host, which may be another one than that of the controller."""
    target = root / PLACE
    for name, source in (
        ("controller", Path(ansible.__file__).parent),
        ("debian", root / _OF_DEBIAN),
    ):
        for part in _SENT:
            if (source / part).is_dir():
                shutil.copytree(
                    source / part, target / name / part, ignore=shutil.ignore_patterns("__pycache__")
                )
    compiler = ["python3", "-m", "compileall", "-q", "-b", "--invalidation-mode", "checked-hash", f"/{PLACE}"]
    subprocess.run(["chroot", str(root), *compiler], check=True, capture_output=True, timeout=COMPILE_MAX_S)
    for path in target.rglob("*.py"):
        path.unlink()
    shutil.move(target, folder)
