"""Every error that a user may meet, as one small tree.

QueuectlError            exit 1
├── InvalidInput         exit 2: wrong usage or a value that is not allowed; nothing changed
├── Refused              exit 1: the queue says no
│   ├── NoSuchJob        no job, or no worker or queue, of that name
│   ├── IdTaken          a job with that id is already there
│   └── WrongState       the move is not legal from the state that the job is in
├── StaleClaim           the run was taken away: its owner is fenced
└── DatabaseUnusable     exit 1: the file cannot serve as a queue
    ├── DatabaseBusy     another process holds the write lock for too long
    ├── DatabaseFull     the disk (or a quota) is full
    └── DatabaseMissing  the file was deleted or replaced while in use
"""


class QueuectlError(Exception):
    """Say what went wrong, with which thing, and what to do."""

    exit_code = 1


class InvalidInput(QueuectlError):
    """Refuse a value or a usage: the message names the field, the place and what is allowed."""

    exit_code = 2


class Refused(QueuectlError):
    """Say no on the queue's behalf."""


class NoSuchJob(Refused):
    """Name a job, worker or queue that is not there."""


class IdTaken(Refused):
    """Name a job id that is in use, and the state of its job."""


class WrongState(Refused):
    """Name a job that cannot make the move from the state it is in."""


class StaleClaim(QueuectlError):
    """Tell an owner that its run is no longer its own."""


class DatabaseUnusable(QueuectlError):
    """Say why the file cannot serve as a queue."""


class DatabaseBusy(DatabaseUnusable):
    """Name who holds the write lock."""


class DatabaseFull(DatabaseUnusable):
    """Say that the disk is full: nothing was accepted, nothing was lost."""


class DatabaseMissing(DatabaseUnusable):
    """Say that the file was deleted or replaced under a running program."""
