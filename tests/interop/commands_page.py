"""What docs/commands.md shows, as it stands there: each command with its answer, statuses, and the programs."""
import json
import re
import shlex
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from stage import SERVICES, Failed, coordinate, equal, eventually, signal_of, variables

ENGINES = [SERVICES]
PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def blocks(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    if not found:
        raise Failed(f"{PAGE} has no block of {language}")
    return found


def examples():
    """Pairs of a command, as text, and its answer."""
    texts = blocks("json")
    return [(t, json.loads(texts[i + 1])) for i, t in enumerate(texts) if "kind" in json.loads(t)]


def example(message_id):
    return next((text, answer) for text, answer in examples() if answer["message_id"] == message_id)


def job_of(text):
    job = json.loads(text)["job_id"]
    return job["source_name"], job["job_number"]


def give(stage, text):
    stage.send("livedata_commands", text)
    stage.flush()


def send_pulses_until(stage, what, condition):
    def sent():
        stage.send_events(pulses=14)
        return condition()

    return eventually(what, sent)


def every_command_has_the_answer_that_stands_below_it(stage):
    actions = set()
    for text, expected in examples():
        give(stage, text)
        equal(stage.answers(expected["message_id"], 1), [expected], text)
        actions.add(json.loads(text).get("action", "start"))
    equal(actions, {"start", "stop", "reset", "pause", "resume"}, "kinds of commands on the page")


def what_cannot_be_understood_is_not_answered(stage):
    before = len(stage.ears.answers())
    for text in ("no JSON", '{"kind": "unknown", "message_id": "silence 1"}',
                 '{"kind": "job_command", "action": "unknown", "message_id": "silence 1"}',
                 '{"kind": "job_command", "action": "stop", "message_id": "silence 1", "workflow_id": "dummy/unknown/1"}'):
        give(stage, text)
    stage.silence("silence 1")
    if not all(a["response"] == "ACK" for a in stage.ears.answers()[before:]):
        raise Failed("an error was answered")


def shape(value):
    """The members of a JSON value with the types of their values."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    return type(value).__name__


def statuses_look_as_shown(stage):
    text, _ = example("start 1")
    give(stage, text)
    shown_job, shown_service = [s for s in map(json.loads, blocks("json")) if "status" in s]
    got = send_pulses_until(stage, "an active job with data", lambda: [
        s for s in stage.ears.job_statuses(job_of(text)) if s["message"]["state"] == "active" and s["message"]["end_time"]])[-1]
    equal(shape(got), shape(shown_job), "members of the status of a job")
    for s in (got, shown_job):
        del s["message"]["start_time"], s["message"]["end_time"]
    equal(got, shown_job, "status of a job")
    service = stage.ears.service_statuses("detector_data")
    equal(shape(next(s for s in service if s["message"]["stream_stats"] is None)), shape(shown_service),
          "members of the status of a service")


def every_state_of_the_table_has_its_number(stage):
    table = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE.read_text(), re.MULTILINE))
    equal(len(table), 6, "states in the table")
    seen = {s["message"]["state"]: str(s["status"]) for _, s in stage.ears.statuses()
            if s["message"]["message_type"] == "job"}
    if not {"scheduled", "active"} <= set(seen):
        raise Failed(f"only these states have been seen: {seen}")
    equal(seen, {k: table.get(k) for k in seen}, "numbers of states")


def results_have_the_key_that_is_shown(stage):
    (shown,) = [k for k in map(json.loads, blocks("json")) if "output_name" in k]
    text, _ = example("start 1")
    key, d = send_pulses_until(stage, "a result", lambda: stage.ears.results(job_of(text), "cumulative"))[-1]
    equal(key, shown, "key")
    if not {"signal", "start_time", "time"} <= set(variables(d)):
        raise Failed(f"variables: {list(variables(d))}")


def run_program(stage, text, *arguments):
    """Runs a block of the page while pulses come; gives what it prints."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
        f.write(text)
        f.flush()
        program = subprocess.Popen([sys.executable, "-B", f.name, stage.broker, *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            code = send_pulses_until(stage, "the end of the program", lambda: program.poll() is not None and [program.poll()])
            out = program.stdout.read()
        finally:
            program.kill()
            program.wait()
    equal(code, [0], out)
    return out


def the_programs_that_start_a_job_and_look_at_its_image_do_so(stage):
    start_program, image_program, _ = blocks("python")
    answer = json.loads(run_program(stage, start_program))
    equal((answer["device"], answer["response"]), ("panel_0", "ACK"), "answer")
    out = run_program(stage, image_program, answer["message_id"])
    total = re.fullmatch(r"(\d+) counts in 128 x 128 pixels\n", out)
    if not total or int(total[1]) == 0:
        raise Failed(f"printed: {out}")


def shell(stage, line):
    """Runs a line of the page that begins with livedata; gives exit code and output."""
    words = shlex.split(line)
    done = subprocess.run([stage.program, *words[1:], f"--bootstrap-servers={stage.broker}"], capture_output=True, text=True,
                          timeout=60)
    return done.returncode, done.stdout + done.stderr


def the_lines_for_a_shell_do_what_they_say(stage):
    lines = re.findall(r"^    (livedata (?:job|tap) .*)$", PAGE.read_text(), re.MULTILINE)
    number = "6b1f0c7a-52d4-4e8f-9a3b-c0d9e8f7a6b5"
    said = {}
    for line in lines:
        if " tap " in line:
            stage.send_events(pulses=14)
        code, out = shell(stage, line)
        equal(code, 0, f"{line}\n{out}")
        said[" ".join(line.split()[1:3])] = out
    for action in ("start", "pause", "resume"):
        if f"ACK panel_0" not in said[f"job {action}"]:
            raise Failed(f"{action}: {said[f'job {action}']}")
    for action in ("reset", "stop"):
        if "ACK all" not in said[f"job {action}"]:
            raise Failed(f"{action}: {said[f'job {action}']}")
    if number not in said["job list"]:
        raise Failed(f"list: {said['job list']}")
    code, out = shell(stage, "livedata job start --instrument=dummy --workflow=panel_0_xy --source=panel_1")
    equal(code, 1, out)
    if "ERR panel_1: workflow dummy/panel_0_xy/1 cannot run on source" not in out:
        raise Failed(out)
    code, out = shell(stage, f"livedata job pause --instrument=dummy --source=panel_0 --number={uuid.uuid4()} --wait=2")
    equal(code, 1, out)
    if "no answer within 2 s" not in out:
        raise Failed(out)


def the_program_that_asks_for_a_region_gets_it(stage):
    number = str(uuid.uuid4())
    job = stage.start("panel_0_xy", "panel_0", number=number)
    run_program(stage, blocks("python")[2], number)
    back = send_pulses_until(stage, "a readback", lambda: [
        d for _, d in stage.ears.results(job, "roi_rectangle") if len(coordinate(d, "x"))])[-1]
    equal(list(coordinate(back, "x")), [10, 50], "x")
    equal(list(coordinate(back, "y")), [20, 60], "y")
    send_pulses_until(stage, "a spectrum", lambda: any(
        signal_of(d).sum() > 0 for _, d in stage.ears.results(job, "roi_spectra_cumulative")))


SCENARIOS = [every_command_has_the_answer_that_stands_below_it, what_cannot_be_understood_is_not_answered,
             statuses_look_as_shown, every_state_of_the_table_has_its_number, results_have_the_key_that_is_shown,
             the_programs_that_start_a_job_and_look_at_its_image_do_so, the_lines_for_a_shell_do_what_they_say,
             the_program_that_asks_for_a_region_gets_it]
