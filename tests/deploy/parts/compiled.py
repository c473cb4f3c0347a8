"""What Ansible sends to a host, compiled beforehand: most of a task's time there goes into compiling it.

Ansible packs the source of a module and of all that it imports into an archive, and Python keeps nothing
compiled for archives. The hosts of the tests look for the same source, compiled, on their disk first, and
compile whatever differs in a single letter themselves: what runs is what Ansible has sent.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import ansible
from debian_root import cache_folder

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
    kept = cache_folder() / f"ansible-{ansible.__version__}-{base.name}"
    target = root / PLACE
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_dir():
            _compile(root, target)
            unfinished = kept.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(target, unfinished)
            unfinished.rename(kept)
    shutil.copytree(kept, target, dirs_exist_ok=True)
    (root / "etc/python3.11/sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="ascii")


def _compile(root: Path, target: Path) -> None:
    """With the Python of the host, which may be another one than that of the controller."""
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
