"""Who may touch the file, and on what kind of file system it may lie."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from pathlib import Path

#: File systems on which SQLite's WAL and locks cannot be trusted, as /proc/self/mountinfo names them (Linux only).
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.ceph",
        "fuse.davfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "pvfs2",
        "smb3",
        "smbfs",
    }
)


def problems(path: Path) -> list[str]:
    """Say why others could tamper with the file; an empty list when nobody can.

    Who can write the file can run commands as its owner, so the rules are those of sshd for its keys.
    """
    found = []
    uid = os.geteuid()
    try:
        info = path.stat()
    except FileNotFoundError:
        info = None
    if info is not None:
        if not stat.S_ISREG(info.st_mode):
            return [f"{path} is not a regular file"]
        if info.st_mode & 0o022:
            found.append(f"{path} may be written by others (mode {info.st_mode & 0o777:04o}); chmod 600 it")
        if info.st_uid not in (uid, 0) and uid != 0:
            found.append(f"{path} belongs to another user (uid {info.st_uid})")
        elif info.st_uid == 0 and uid != 0:
            found.append(f"{path} belongs to root")
    found += [said for suffix in ("-wal", "-shm", "-journal") if (said := _companion_problem(path, suffix, info))]
    parent = path.parent.stat()
    others = parent.st_mode & 0o002 or (parent.st_mode & 0o020 and not _own_group(parent))
    if others and not parent.st_mode & stat.S_ISVTX:
        found.append(f"the folder {path.parent} may be written by others (mode {parent.st_mode & 0o777:04o})")
    return found


def _companion_problem(path: Path, suffix: str, file: os.stat_result | None) -> str | None:
    """Say why a file that SQLite reads beside the queue's cannot be trusted: what stands in it becomes the queue's.

    In a sticky folder another user may have put it there before the queue was made.
    """
    companion = path.with_name(path.name + suffix)
    try:
        info = companion.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(info.st_mode):
        return f"{companion} is not a regular file"
    if info.st_uid not in (os.geteuid(), 0 if file is None else file.st_uid):
        return f"{companion} belongs to another user (uid {info.st_uid})"
    if info.st_mode & 0o022:
        return f"{companion} may be written by others (mode {info.st_mode & 0o777:04o})"
    return None


def foreign_owner(path: Path) -> int | None:
    """The uid of another owner, for root, who may use the file but is to be told."""
    uid = path.stat().st_uid
    return uid if os.geteuid() == 0 and uid != 0 else None


def folder_problem(folder: Path, path: Path) -> str | None:
    """Say why the run folder of a file cannot be trusted: planted by somebody else, or a link."""
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode):
        return f"{folder} is not a folder"
    # Root may use the queue of another, whose folder it then is; but not its own queue with another's folder.
    if info.st_uid != os.geteuid() and (os.geteuid() != 0 or info.st_uid != path.stat().st_uid):
        return f"{folder} belongs to another user (uid {info.st_uid})"
    if info.st_mode & 0o022:
        return f"{folder} may be written by others (mode {info.st_mode & 0o777:04o}); chmod 700 it"
    return None


def open_own(path: Path | str, flags: int) -> int:
    """Open a file of the run folder, and never wait for it: neither a link nor a FIFO leads elsewhere.

    Raises OSError, which names the file, for what is none of ours: it has another name, or is no plain file.
    """
    try:
        fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _planted(error.errno, path) from None
        raise
    info = os.fstat(fd)
    if stat.S_ISREG(info.st_mode) and info.st_nlink <= 1:
        return fd
    os.close(fd)
    raise _planted(errno.ELOOP, path)


def _planted(number: int, path: Path | str) -> OSError:
    return OSError(number, "is no plain file of its own; remove it", str(path))


def file_system(path: Path, *, mountinfo: str | None = None) -> str | None:
    """The type of the file system that holds the path, or None where the system does not tell (Linux only)."""
    if mountinfo is None:
        try:
            mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    target = os.path.realpath(path)
    best, kind = -1, None
    for line in mountinfo.splitlines():
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, kind = len(point), right.split(" ")[0]
    return kind


def free_space(path: Path) -> tuple[int, int]:
    """Give the bytes that are free where the file lies, and the floor under which no job is started.

    The floor leaves room to record what runs: 16 MiB, or a sixteenth of a small file system.
    """
    try:
        disk = os.statvfs(path)
    except FileNotFoundError:
        disk = os.statvfs(path.parent)
    total = disk.f_blocks * disk.f_frsize
    return disk.f_bavail * disk.f_frsize, min(16 * 1024 * 1024, total // 16)


def _own_group(info: os.stat_result) -> bool:
    """Tell whether the group is the owner's private one: of the owner's name, with nobody else in it."""
    try:
        owner = pwd.getpwuid(info.st_uid)
        group = grp.getgrgid(info.st_gid)
    except KeyError:
        return False
    # Of its members only those are known whose first group it is not: so it must bear the name of its one user.
    alone = group.gr_name == owner.pw_name and all(member == owner.pw_name for member in group.gr_mem)
    return owner.pw_gid == info.st_gid and alone
