"""On which file systems a queue may lie, and how much room it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from queuectl_tui.rules.errors import DatabaseUnusable
from queuectl_tui.store import safety
from queuectl_tui.store.database import open_reader, open_store

#: As /proc/self/mountinfo has it: a root disk, a local disk, an NFS mount below it, and a local one below that.
MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /data rw,relatime - xfs /dev/vdb rw
31 30 0:40 / /data/home rw,relatime shared:3 master:1 - nfs4 server:/export/home rw,vers=4.2
32 31 0:41 / /data/home/scratch rw - tmpfs tmpfs rw
33 22 0:42 / /mnt/my\040share rw - cifs //server/share rw
34 22 0:43 / /mnt/sshfs rw - fuse.sshfs user@host:/ rw
35 22 0:44 / /mnt/broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/queue.db", "ext4"),
        ("/data/queue.db", "xfs"),
        ("/data/homestead/queue.db", "xfs"),
        ("/data/home/me/queue.db", "nfs4"),
        ("/data/home/scratch/queue.db", "tmpfs"),
        ("/mnt/my share/queue.db", "cifs"),
        ("/mnt/sshfs/deep/er/queue.db", "fuse.sshfs"),
        ("/mnt/broken/queue.db", "ext4"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    """The innermost mount that holds a path names its file system; a line that cannot be read is passed over."""
    assert safety.file_system(Path(path), mountinfo=MOUNTS) == kind


def test_a_later_mount_hides_an_earlier_one() -> None:
    """Of two mounts at one point the later counts."""
    mounts = "1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /m rw - ext4 b rw\n3 2 0:3 / /m rw - nfs c rw\n"
    assert safety.file_system(Path("/m/q.db"), mountinfo=mounts) == "nfs"


def test_this_machine_tells() -> None:
    """The real table is read, and this folder is somewhere."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("needs /proc")
    assert safety.file_system(Path(__file__))


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "lustre", "ceph"])
def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Neither read nor made there: the refusal names the kind and a local place to use instead."""
    path = tmp_path / "q" / "queue.db"
    monkeypatch.setattr(safety, "file_system", lambda _: kind)
    with pytest.raises(DatabaseUnusable, match=f"network file system.*{kind}.*local path"):
        open_store(path)
    assert not path.exists()
    monkeypatch.undo()
    open_store(path).close()
    monkeypatch.setattr(safety, "file_system", lambda _: kind)
    for opened in (open_store, open_reader):
        with pytest.raises(DatabaseUnusable, match="network file system"):
            opened(path)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "fuse.ecryptfs"])
def test_local_file_systems_serve(kind: str) -> None:
    """What lies on this machine is no network file system."""
    assert kind not in safety.NETWORK_FILE_SYSTEMS


def test_the_floor_of_free_space(tmp_path: Path) -> None:
    """The floor is 16 MiB, less on a small disk, and never the whole of it."""
    free, floor = safety.free_space(tmp_path / "queue.db")
    assert 0 < floor <= 16 << 20
    assert free >= 0
