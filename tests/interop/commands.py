"""Commands of the dashboard and their answers, one engine with all four services."""
import json
import time
import uuid

from stage import INSTRUMENT, SERVICES, Failed, equal, eventually

ENGINES = [SERVICES]


def gone(stage, job):
    """The job is in no status that comes after now."""
    service_statuses = len(stage.ears.service_statuses("detector_data"))
    eventually("two more statuses", lambda: len(stage.ears.service_statuses("detector_data")) >= service_statuses + 2)
    n = len(stage.ears.job_statuses(job))
    eventually("two more statuses", lambda: len(stage.ears.service_statuses("detector_data")) >= service_statuses + 4)
    equal(len(stage.ears.job_statuses(job)), n, "statuses of a job that was stopped")


def present(stage, job):
    n = len(stage.ears.job_statuses(job))
    return eventually("a status of the job", lambda: stage.ears.job_statuses(job)[n:])[-1]


def a_start_is_acknowledged_and_the_job_is_scheduled(stage):
    job = stage.start("panel_0_xy", "panel_0")
    status = present(stage, job)
    equal(status["status"], 235, "status code")
    equal(status["message"]["state"], "scheduled", "state")
    equal(status["message"]["workflow_id"], f"{INSTRUMENT}/panel_0_xy/1", "workflow")
    equal(status["message"]["start_time"], None, "start time")


def two_sources_with_one_message_id_get_two_answers(stage):
    message_id, number = str(uuid.uuid4()), str(uuid.uuid4())
    for source in ("monitor1", "monitor2"):
        stage.start_command("monitor_histogram", source, number, message_id)
    answers = stage.answers(message_id, 2)
    equal(sorted(a["device"] for a in answers), ["monitor1", "monitor2"], "devices")
    equal({a["response"] for a in answers}, {"ACK"}, "responses")


def each_service_starts_its_own_workflows(stage):
    for workflow, source in [("panel_0_layers", "panel_0"), ("area_panel_xy", "area_panel"),
                             ("monitor_histogram", "monitor1"), ("timeseries_data", "motion1")]:
        stage.start(workflow, source)


def a_source_that_is_not_allowed_is_an_error_that_names_the_allowed_ones(stage):
    text = stage.one_error(stage.start_command("panel_0_xy", "nope")[0])
    if "nope" not in text or "panel_0" not in text:
        raise Failed(text)


def a_parameter_out_of_range_is_an_error_that_names_it(stage):
    text = stage.one_error(stage.start_command("panel_0_xy", "panel_0", params={"toa_edges": {"num_bins": -1}})[0])
    if "num_bins" not in text:
        raise Failed(text)


def all_wrong_parameters_are_reported_at_once(stage):
    params = {"toa_edges": {"num_bins": "many", "unit": "furlong"}}
    text = stage.one_error(stage.start_command("panel_0_xy", "panel_0", params=params)[0])
    if "num_bins" not in text or "unit" not in text:
        raise Failed(text)


def parameters_of_a_wrong_type_are_an_error(stage):
    stage.one_error(stage.start_command("monitor_histogram", "monitor1", params={"toa_edges": 5})[0])


def auxiliary_sources_where_there_are_none_are_an_error(stage):
    text = stage.one_error(stage.start_command("monitor_histogram", "monitor1", aux_source_names={"a": "b"})[0])
    if "auxiliary" not in text:
        raise Failed(text)


def a_start_that_fails_makes_no_job_and_leaves_others_alone(stage):
    good = stage.start("panel_0_xy", "panel_0")
    message_id, bad = stage.start_command("panel_0_xy", "panel_0", params={"toa_edges": {"num_bins": 0}})
    stage.one_error(message_id)
    present(stage, good)
    equal(stage.ears.job_statuses(bad), [], "statuses of a job that was not made")
    stage.start("panel_0_xy", "panel_0")


def an_unknown_workflow_is_met_with_silence(stage):
    stage.silence(stage.start_command("no_such_workflow", "panel_0")[0])


def an_unknown_version_is_met_with_silence(stage):
    stage.silence(stage.start_command("panel_0_xy", "panel_0", identifier=f"{INSTRUMENT}/panel_0_xy/2")[0])


def another_instrument_is_met_with_silence(stage):
    stage.silence(stage.start_command("panel_0_xy", "panel_0", identifier="loki/panel_0_xy/1")[0])


def what_cannot_be_decoded_is_met_with_silence(stage):
    for text in (b"", b"{", b"\xff\xfe", b"[]", b"5", b'"stop"', b"null", b"{}"):
        stage.send("livedata_commands", text)
    ids = []
    for fields in ({"kind": "no_such_kind"}, {"kind": "job_command", "action": "remove"},
                   {"kind": "job_command", "action": "STOP"}, {"kind": "job_command"}, {"action": "stop"},
                   {"kind": "job_command", "action": "stop", "job_id": "panel_0/1"},
                   {"kind": "job_command", "action": "stop", "workflow_id": "a/b"},
                   {"kind": "job_command", "action": "stop", "workflow_id": "a/b/c/"},
                   {"kind": "job_command", "action": "stop", "workflow_id": "no-slashes"}):
        ids.append(stage.command(message_id=str(uuid.uuid4()), **fields))
    for more in ({"params": None}, {"schedule": None}, {"job_id": None}, {"identifier": "a/b"},
                 {"aux_source_names": {"a": 5}}, {"schedule": {"start_time": 5, "end_time": 5}}):
        ids.append(stage.start_command("panel_0_xy", "panel_0", **more)[0])
    for message_id in ids:
        stage.silence(message_id)


def a_message_id_that_is_no_text_is_met_with_silence(stage):
    before = len(stage.ears.answers())
    for wrong in (None, 7):
        stage.command(kind="job_command", message_id=wrong, action="reset", workflow_id=f"{INSTRUMENT}/panel_0_xy/1")
    stage.silence(None)
    for a in stage.ears.answers()[before:]:
        if not isinstance(a["message_id"], str):
            raise Failed(str(a))


def a_workflow_may_be_named_by_text_and_a_version_by_digits(stage):
    stage.start("panel_0_xy", "panel_0", identifier=f"{INSTRUMENT}/panel_0_xy/1")
    stage.start("panel_0_xy", "panel_0", identifier={"instrument": INSTRUMENT, "name": "panel_0_xy", "version": "1"})


def a_job_number_in_capitals_is_the_same_number(stage):
    number = str(uuid.uuid4())
    message_id, _ = stage.start_command("panel_0_xy", "panel_0", number.upper())
    stage.answers(message_id, 1)
    stage.one_ack(stage.act("stop", ("panel_0", number)), f"panel_0/{number}")


def unknown_members_are_passed_over(stage):
    stage.start("panel_0_xy", "panel_0", more=1, schedule={"start_time": None, "end_time": None, "more": 2})


def what_is_left_out_has_its_default(stage):
    message_id, number = str(uuid.uuid4()), str(uuid.uuid4())
    stage.command(kind="workflow_config", identifier=f"{INSTRUMENT}/panel_0_xy/1", message_id=message_id,
                  job_id={"source_name": "panel_0", "job_number": number})
    stage.one_ack(message_id, "panel_0")


def a_command_without_message_id_is_answered_with_a_new_one(stage):
    number = str(uuid.uuid4())
    before = len(stage.ears.answers())
    stage.command(kind="workflow_config", identifier=f"{INSTRUMENT}/panel_0_xy/1",
                  job_id={"source_name": "panel_0", "job_number": number})
    answer = eventually("an answer", lambda: stage.ears.answers()[before:])[0]
    uuid.UUID(answer["message_id"])
    equal((answer["device"], answer["response"]), ("panel_0", "ACK"), "answer")


def answers_have_no_key_and_no_headers(stage):
    stage.start("panel_0_xy", "panel_0")
    for m in stage.ears.envelopes("livedata_responses"):
        equal((m.key(), m.headers()), (None, None), "key and headers")
        equal(list(json.loads(m.value())), ["message_id", "device", "response", "message"], "order of members")


def stop_by_id_removes_the_job(stage):
    job = stage.start("panel_0_xy", "panel_0")
    present(stage, job)
    stage.one_ack(stage.act("stop", job), "/".join(job))
    gone(stage, job)
    stage.silence(stage.act("stop", job))


def an_unknown_job_is_met_with_silence(stage):
    for action in ("stop", "reset"):
        stage.silence(stage.act(action, ("panel_0", str(uuid.uuid4()))))


def stop_by_workflow_is_answered_once_for_all_its_jobs(stage):
    jobs = [stage.start("panel_0_layers", "panel_0") for _ in range(3)]
    other = stage.start("panel_0_xy", "panel_0")
    stage.one_ack(stage.act("stop", workflow=f"{INSTRUMENT}/panel_0_layers/1"), "all")
    for job in jobs:
        stage.silence(stage.act("stop", job))
    present(stage, other)


def a_selector_wins_only_where_no_job_is_named(stage):
    first, second = (stage.start("panel_0_layers", "panel_0") for _ in range(2))
    stage.one_ack(stage.act("stop", first, f"{INSTRUMENT}/panel_0_layers/1"), "/".join(first))
    stage.one_ack(stage.act("stop", second), "/".join(second))


def a_selector_without_match_is_met_with_silence(stage):
    stage.act("stop")
    for action in ("stop", "reset", "pause"):
        stage.silence(stage.act(action, workflow=f"{INSTRUMENT}/panel_0_layers/1"))


def stop_all_is_answered_by_each_service_with_jobs(stage):
    stage.act("stop")
    stage.fence()
    stage.start("panel_0_xy", "panel_0")
    stage.start("area_panel_xy", "area_panel")
    stage.start("monitor_histogram", "monitor1")
    answers = stage.answers(stage.act("stop"), 2)
    equal({(a["device"], a["response"]) for a in answers}, {("all", "ACK")}, "answers")
    stage.silence(stage.act("stop"))


def reset_by_id_by_workflow_and_of_all(stage):
    stage.act("stop")
    stage.fence()
    jobs = [stage.start("panel_0_xy", "panel_0") for _ in range(2)]
    stage.one_ack(stage.act("reset", jobs[0]), "/".join(jobs[0]))
    stage.one_ack(stage.act("reset", workflow=f"{INSTRUMENT}/panel_0_xy/1"), "all")
    stage.one_ack(stage.act("reset"), "all")


def a_workflow_without_reset_says_so(stage):
    job = stage.start("timeseries_data", "motion1")
    text = f"Job {job[0]}/{job[1]} does not support reset."
    equal(stage.one_error(stage.act("reset", job)), text, "text")
    equal(stage.one_error(stage.act("reset", workflow=f"{INSTRUMENT}/timeseries_data/1"))[-24:], text[-24:], "text")
    stage.act("stop", job)


def a_paused_job_says_so_until_it_is_resumed(stage):
    stage.act("stop")
    stage.fence()
    job = stage.start("panel_0_xy", "panel_0")
    for job_id, workflow, device in [(job, None, "/".join(job)), (None, f"{INSTRUMENT}/panel_0_xy/1", "all"),
                                     (None, None, "all")]:
        stage.one_ack(stage.act("pause", job_id, workflow), device)
        eventually("a warning", lambda: stage.ears.job_statuses(job)[-1:]
                   and stage.ears.job_statuses(job)[-1]["message"]["warning"])
        stage.one_ack(stage.act("resume", job_id, workflow), device)
        eventually("no warning", lambda: stage.ears.job_statuses(job)[-1]["message"]["warning"] is None)


def a_job_of_the_same_id_takes_the_place_of_the_old_one(stage):
    job = stage.start("panel_0_xy", "panel_0")
    again = stage.start("panel_0_layers", "panel_0", number=job[1])
    equal(again, job, "id")
    n = len(stage.ears.job_statuses(job))
    eventually("the new workflow", lambda: any(
        s["message"]["workflow_id"] == f"{INSTRUMENT}/panel_0_layers/1" for s in stage.ears.job_statuses(job)[n:]))


def commands_are_done_in_their_order(stage):
    stage.act("stop")
    stage.fence()
    for _ in range(20):
        _, job = stage.start_command("panel_0_layers", "panel_0")
        stage.act("stop", job)
    stage.fence()
    stage.silence(stage.act("stop", workflow=f"{INSTRUMENT}/panel_0_layers/1"))


def a_job_scheduled_for_later_waits(stage):
    later = time.time_ns() + 3_600_000_000_000
    job = stage.start("panel_0_xy", "panel_0", schedule={"start_time": later, "end_time": None})
    stage.send_events()
    stage.close_batches()
    stage.fence()
    equal(present(stage, job)["message"]["state"], "scheduled", "state")
    equal(stage.ears.results(job), [], "results before the start")


def a_job_ends_with_the_batch_of_its_end(stage):
    start = stage.pulse()
    job = stage.start("panel_0_xy", "panel_0", schedule={"start_time": str(start), "end_time": start + 1_500_000_000})
    stage.send_events(pulses=70)
    stage.close_batches()
    eventually("results", lambda: stage.ears.results(job))
    gone(stage, job)
    stage.silence(stage.act("stop", job))


SCENARIOS = [v for v in list(globals().values()) if callable(v) and getattr(v, "__module__", None) == __name__
             and v.__name__ not in ("gone", "present")]
