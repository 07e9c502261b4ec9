"""Keys act on exactly what was seen when they were pressed."""

from __future__ import annotations

import threading

import pytest

from queuectl_tui.rules.filters import parse
from queuectl_tui.tui.doing import Doing
from queuectl_tui.tui.screens.main import MainScreen
from queuectl_tui.tui.widgets import scrollable
from queuectl_tui.tui.widgets.job_table import JobTable
from tests.program import Program
from tests.tui.piloted import Driven, drive


def dead(program: Program, *names: str) -> None:
    """Make dead jobs, the first of them the newest."""
    program.enqueue_all([{"id": name, "command": f"echo {name}", "hold": True} for name in reversed(names)])
    program.ok("cancel", *names)


def screen_of(ui: Driven) -> MainScreen:
    screen = ui.app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


def table_of(ui: Driven) -> JobTable:
    return screen_of(ui).jobs


async def settled(ui: Driven) -> None:
    """Wait until a key is for the job at the cursor again."""
    await ui.until(lambda _: table_of(ui).target is not None, "the cursor stands")


async def said(ui: Driven, *words: str) -> str:
    """Wait for a picture with the words and no dialog on it."""
    return await ui.until(
        lambda text: all(word in text for word in words) and ui.app.screen is screen_of(ui), f"{words} said"
    )


def test_one_job_is_retried_at_once(program: Program) -> None:
    """r on one job does not ask; pressed again before that is done, it does nothing more."""
    dead(program, "one", "two")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one", "two")
        screen_of(ui).action_act("retry")
        screen_of(ui).action_act("retry")
        await said(ui, "one retried", "▌  two")
        assert "by now" not in ui.picture
        await ui.pause(0.1)

    drive(program, scenario, tab="dead")
    assert (program.state("one"), program.state("two")) == ("pending", "dead")
    assert [change["move"] for change in program.json("history", "one")].count("retry") == 1


def test_a_word_typed_into_a_question_says_no(program: Program) -> None:
    """Letters that are not its keys turn no button: enter behind them is still for Cancel."""
    dead(program, "one")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("d")
        await ui.shows("Delete this job?")
        await ui.pause(0.5)
        await ui.type("al")
        await ui.press("enter")
        await ui.until(lambda text: "Delete this job?" not in text, "the question to close")
        await settled(ui)
        assert program.state("one") == "dead"

    drive(program, scenario, tab="dead")


def test_a_key_after_a_slip_is_for_nobody(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the cursor's job leaves, a key pressed at once does nothing to the job that comes in its place."""
    dead(program, "one", "two", "three")
    monkeypatch.setattr(scrollable, "SLIPPED_S", 60.0)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one", "two")
        program.ok("retry", "one")
        await ui.shows("▌  two")
        await ui.press("r", "d", "e", "x", "h", "p", "space", "y", "greater_than_sign")
        assert ui.app.screen is screen_of(ui)
        assert not table_of(ui).stand.marks
        assert screen_of(ui).doing == []
        monkeypatch.setattr(scrollable, "SLIPPED_S", 0.3)
        await settled(ui)
        await ui.press("r")
        await said(ui, "two retried")

    drive(program, scenario, tab="dead")
    assert [program.state(name) for name in ("one", "two", "three")] == ["pending", "pending", "dead"]


def test_a_list_that_is_just_opened_takes_no_key_unseen(program: Program) -> None:
    """A key pressed before the rows of a list are there is for none of them."""
    dead(program, "one")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        table_of(ui).open("dead")
        assert table_of(ui).job is not None
        assert table_of(ui).target is None
        await settled(ui)

    drive(program, scenario, tab="dead")


def test_several_are_asked_for_by_their_number(program: Program) -> None:
    """With marks a retry says how many and which; enter, on Cancel, leaves them alone, and y does it."""
    dead(program, *(f"job-{n}" for n in range(5)))

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  job-0")
        await ui.press("asterisk")
        await ui.shows("5 marked")
        await ui.press("r")
        await ui.shows("Retry 5 jobs?", "job-2", "echo job-2", "and 2 more")
        await ui.press("enter")
        await said(ui, "5 marked")
        await ui.press("r")
        await ui.shows("Retry 5 jobs?")
        await ui.pause(0.4)
        await ui.press("y")
        await said(ui, "5 jobs retried", "No dead jobs")

    drive(program, scenario, tab="dead")
    assert {job["state"] for job in program.jobs().values()} == {"pending"}


@pytest.mark.parametrize("keys", [("d", "y"), ("d", "right", "enter"), ("d", "enter"), ("d", "space")])
def test_what_is_typed_fast_confirms_nothing(program: Program, keys: tuple[str, ...]) -> None:
    """Keys that were pressed before a question could be read do not say yes to it."""
    dead(program, "one")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press(*keys)
        await ui.pause(0.1)
        await ui.press("escape")
        await said(ui, "one")

    drive(program, scenario, tab="dead")
    assert program.state("one") == "dead"


def test_marks_that_left_are_left_alone(program: Program) -> None:
    """Marked jobs that are in another state by now are told by their number, and not acted on."""
    dead(program, "one", "two", "three", "four")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("space", "space", "space")
        await ui.shows("3 marked", "▌  four")
        program.ok("retry", "two")
        await ui.until(lambda text: "two" not in text, "two is gone")
        await ui.press("d")
        await ui.shows("Delete 2 jobs?", "1 marked has left this list since.", "This cannot be undone")
        await ui.pause(0.4)
        await ui.press("y")
        await said(ui, "2 jobs deleted")
        assert "marked" not in ui.picture

    drive(program, scenario, tab="dead")
    assert set(program.jobs()) == {"two", "four"}


def test_marks_that_the_filter_hides_are_left_alone(program: Program) -> None:
    """Marked jobs that a filter hides are told by their number, not acted on, and marked still."""
    dead(program, "one", "two", "three")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("space", "space")
        table_of(ui).change(table_of(ui).stand.listing._replace(filter=parse("two")))
        await ui.until(lambda text: "three" not in text, "the filter holds")
        await settled(ui)
        await ui.press("r")
        await ui.shows("Retry this job?", "two", "1 marked is hidden by the filter: left alone.")
        await ui.pause(0.4)
        await ui.press("y")
        await said(ui, "two retried", "1 marked")

    drive(program, scenario, tab="dead")
    assert [program.state(name) for name in ("one", "two", "three")] == ["dead", "pending", "dead"]


def test_marks_belong_to_their_tab(program: Program) -> None:
    """What is marked on one tab is not what a key acts on in another."""
    dead(program, "one")
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("asterisk")
        await ui.shows("1 marked")
        await ui.press("1")
        await ui.until(lambda text: "▌  waits" in text and "marked" not in text, "the other list")
        await ui.press("x")
        await said(ui, "waits canceled")

    drive(program, scenario, tab="dead")
    assert program.state("one") == "dead"
    assert program.job("waits")["reason"] == "canceled"


def test_marks_of_all_states(program: Program) -> None:
    """In the list of all jobs an act takes those marked jobs that may make the move, and says which it leaves."""
    dead(program, "one", "two")
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("waits", "one")
        await ui.press("asterisk")
        await ui.shows("3 marked")
        await ui.press("r")
        await ui.shows("Retry 2 jobs?", "1 is pending: left alone.")
        await ui.pause(0.4)
        await ui.press("y")
        await said(ui, "2 jobs retried", "1 marked")

    drive(program, scenario, tab="all")
    assert {job["state"] for job in program.jobs().values()} == {"pending"}


def test_hold_and_release(program: Program) -> None:
    """h holds a job without asking, and releases it when it is held; of several, only when all are."""
    program.enqueue_all([{"id": name, "command": "true"} for name in ("a1", "a2")])

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  a1")
        await ui.press("h")
        await said(ui, "a1 held")
        await ui.until(lambda _: (job := table_of(ui).target) is not None and job.held, "the cursor on a held job")
        await ui.press("asterisk")
        await ui.shows("2 marked")
        for verb, done in (("Hold", "held"), ("Release", "released")):
            await ui.press("asterisk", "h")
            await ui.shows(f"{verb} 2 jobs?")
            await ui.pause(0.4)
            await ui.press("y")
            await said(ui, f"2 jobs {done}")

    drive(program, scenario)
    assert [job["held"] for job in program.jobs().values()] == [False, False]


def test_a_running_job_is_asked_for(program: Program) -> None:
    """Canceling a running job asks, says how long it has run and how it is ended; n leaves it."""
    program.set("kill_grace", "9s")
    program.enqueue("--id", "runs", program.gate)
    program.ok("worker", "start")
    program.wait_state("runs", "processing")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  runs")
        await ui.press("x")
        await ui.shows(
            "Cancel this job?", "It has run for", "is told to end (TERM)", "within 9s", "Leave it", "Cancel (y)"
        )
        await ui.press("n")
        await said(ui, "runs")
        assert program.state("runs") == "processing"
        await ui.press("x")
        await ui.shows("Cancel this job?")
        await ui.pause(0.4)
        await ui.press("right", "enter")
        await said(ui, "runs told to end")

    drive(program, scenario, tab="processing")
    program.wait_state("runs", "dead")


def test_what_waits_is_canceled_only_while_it_waits(program: Program) -> None:
    """A job that began to run since the key was pressed is not ended: nobody was asked for that."""
    program.enqueue("--id", "waits", program.gate)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        await ui.press("u")
        program.ok("worker", "start")
        program.wait_state("waits", "processing")
        await ui.press("x")
        await said(ui, "waits: it is processing by now")

    drive(program, scenario)
    assert program.state("waits") == "processing"


def test_refusals_are_listed(program: Program) -> None:
    """After an act that refused several jobs, ! lists each with its reason; a key does that, nothing pops up."""
    dead(program, "one", "two", "free")
    program.enqueue("--id", "heir", "--after", "one", "--after", "two", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("D")
        await ui.shows("Delete 3 jobs?")
        await ui.pause(0.4)
        await ui.press("y")
        await said(ui, "free deleted, 2 refused", "! lists them")
        await ui.press("exclamation_mark")
        await ui.shows("one", "needed by heir", "two", "esc closes")
        await ui.press("escape")
        await said(ui, "one")

    drive(program, scenario, tab="dead")
    assert set(program.jobs()) == {"one", "two", "heir"}


def test_priorities_of_the_marked(program: Program) -> None:
    """< and > change the priority of all marked jobs without asking, and leave the marks."""
    program.enqueue_all([{"id": name, "command": "true", "hold": True} for name in ("a1", "a2", "a3")])

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  a1")
        await ui.press("space", "space")
        await ui.shows("2 marked")
        await ui.press("greater_than_sign", "greater_than_sign", "less_than_sign", "greater_than_sign")
        await said(ui, "2 jobs up in priority")
        await ui.until(lambda _: screen_of(ui).doing == [], "all is done")
        await ui.shows("2 marked")

    drive(program, scenario)
    assert {name: job["priority"] for name, job in program.jobs().items()} == {"a1": 2, "a2": 2, "a3": 0}


def test_a_long_act_shows_how_far_it_is_and_can_be_stopped(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """While hundreds of jobs are deleted the foot counts them, keys act, and esc stops it: what is done stays done."""
    program.enqueue_all([{"id": f"job-{n:03}", "command": "true", "hold": True} for n in range(700)])
    gate = threading.Event()
    go_on = Doing.go_on

    def wait(doing: Doing, behind: int) -> bool:
        doing.behind = behind
        assert gate.wait(20)
        return go_on(doing, behind)

    monkeypatch.setattr(Doing, "go_on", wait)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  job-000")
        await ui.press("D")
        await ui.shows("Delete 700 jobs?", "and 697 more")
        await ui.pause(0.4)
        await ui.press("y")
        await said(ui, "Delete 250 of 700 · esc stops")
        await ui.shows("▌  job-250")
        await settled(ui)
        await ui.press("j")
        await ui.until(lambda _: (job := table_of(ui).job) is not None and job.id > "job-250", "the cursor moves")
        await ui.press("escape")
        gate.set()
        await said(ui, "250 jobs deleted, stopped at 250 of 700")
        await ui.until(lambda text: "esc stops" not in text, "the foot is as before")

    drive(program, scenario)
    assert len(program.jobs()) == 450


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What the screen reads for an act comes when this is set."""
    found = threading.Event()
    read = MainScreen.read

    def later(screen: MainScreen, what: object, then: object) -> None:
        read(screen, lambda: (found.wait(20), what())[1], then)  # type: ignore[operator, arg-type]  # as given

    monkeypatch.setattr(MainScreen, "read", later)
    return found


def test_a_late_question_is_not_asked_over_a_form(program: Program, gate: threading.Event) -> None:
    """When collecting the ids took so long that a form is open by then, what is typed there answers no question."""
    dead(program, "one", "two")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("D", "a")
        await ui.shows("Enqueue a command")
        gate.set()
        await ui.shows("not asked, since you went on")
        await ui.type("yes y")
        await ui.shows("yes y")
        await ui.press("escape")

    drive(program, scenario, tab="dead")
    assert set(program.jobs()) == {"one", "two"}


def test_a_key_that_is_not_legal_does_nothing(program: Program) -> None:
    """What cannot be done to the job at the cursor is dim at the foot and its key does nothing."""
    program.enqueue("--id", "fine", "true")
    program.drain()

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  fine")
        legal = {hint.label: hint.legal for hint in screen_of(ui).hints()}
        assert (legal["retry"], legal["delete"]) == (True, True)
        assert (legal["cancel"], legal["hold"], legal["edit"]) == (False, False, False)
        await ui.press("x", "h", "e", "greater_than_sign", "exclamation_mark")
        await ui.pause(0.1)
        assert ui.app.screen is screen_of(ui)

    drive(program, scenario, tab="completed")
    assert [change["move"] for change in program.json("history", "fine")] == ["enqueue", "claim", "complete"]


def test_what_is_said_is_short_and_goes_away(program: Program) -> None:
    """No more than three things are said at once, safely, and they take no focus."""
    dead(program, "one")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        for n in range(6):
            screen_of(ui).say(f"said {n} \x1b]0;x\x07 [@click=app.quit]x[/]")
        text = await ui.shows("said 3", "said 4", "said 5", "[@click=app.quit]x[/]")
        assert "said 2" not in text
        assert "\x1b" not in text
        assert ui.app.focused is table_of(ui)

    drive(program, scenario, tab="dead")


def test_copies_are_capped(program: Program) -> None:
    """c and y give the terminal's clipboard the id and the command; one that is too long is told, not cut."""
    dead(program, "one")
    program.enqueue("--id", "long", "--hold", "echo " + "x" * 9000)

    async def scenario(ui: Driven) -> None:
        await ui.shows("long", "one")
        await ui.press("y")
        await ui.shows("the command is too long for the clipboard")
        assert ui.app.clipboard == ""
        await ui.press("c")
        await ui.shows("id copied")
        assert ui.app.clipboard == "long"
        await ui.press("j", "y")
        await ui.shows("command copied")
        assert ui.app.clipboard == "echo one"

    drive(program, scenario, tab="all")


def test_marks_that_come_late_are_of_their_list(program: Program, gate: threading.Event) -> None:
    """When the ids for * arrive after another list was opened, the list in which it was pressed has the marks."""
    dead(program, "one", "two")
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("asterisk", "1")
        await ui.shows("▌  waits")
        gate.set()
        await ui.until(lambda _: len(table_of(ui)._stands["dead"].marks) == 2, "the marks are there")
        assert not table_of(ui).stand.marks
        await ui.press("5")
        await ui.shows("2 marked")

    drive(program, scenario, tab="dead")


def test_an_act_behind_the_marks_waits_for_them(program: Program, gate: threading.Event) -> None:
    """`* r` typed faster than the ids come asks for all of them, and does not retry the job at the cursor alone."""
    dead(program, "one", "two")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  one")
        await ui.press("asterisk", "r")
        gate.set()
        await ui.shows("Retry 2 jobs?")
        await ui.press("escape")

    drive(program, scenario, tab="dead")
    assert {job["state"] for job in program.jobs().values()} == {"dead"}
