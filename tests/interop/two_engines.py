"""Two engines with different services on the same topics: each command is answered by the one that it concerns."""
import uuid

from stage import INSTRUMENT, equal, eventually, image, signal_of

ENGINES = [["detector_data"], ["monitor_data", "timeseries"]]


def each_start_is_answered_once(stage):
    for workflow, source in [("panel_0_xy", "panel_0"), ("monitor_histogram", "monitor1"),
                             ("timeseries_data", "motion1")]:
        stage.start(workflow, source)


def errors_are_answered_once(stage):
    stage.one_error(stage.start_command("panel_0_xy", "monitor1")[0])
    stage.one_error(stage.start_command("monitor_histogram", "panel_0")[0])


def nobody_answers_for_a_service_that_does_not_run(stage):
    stage.silence(stage.start_command("total_counts", "panel_0")[0])
    stage.silence(stage.start_command("no_such_workflow", "panel_0")[0])


def a_job_is_stopped_by_its_owner_only(stage):
    for workflow, source in [("panel_0_xy", "panel_0"), ("monitor_histogram", "monitor1")]:
        job = stage.start(workflow, source)
        stage.one_ack(stage.act("stop", job), "/".join(job))
        stage.silence(stage.act("stop", job))


def a_workflow_is_reset_by_its_owner_only(stage):
    stage.start("panel_0_xy", "panel_0")
    stage.start("monitor_histogram", "monitor1")
    stage.one_ack(stage.act("reset", workflow=f"{INSTRUMENT}/monitor_histogram/1"), "all")
    stage.one_ack(stage.act("reset", workflow=f"{INSTRUMENT}/panel_0_xy/1"), "all")


def stop_all_is_answered_by_both(stage):
    stage.act("stop")
    stage.fence()
    stage.start("panel_0_xy", "panel_0")
    stage.start("monitor_histogram", "monitor1")
    equal({a["response"] for a in stage.answers(stage.act("stop"), 2)}, {"ACK"}, "answers")
    stage.silence(stage.act("stop"))


def an_unknown_job_is_met_with_silence_by_both(stage):
    stage.silence(stage.act("stop", ("panel_0", str(uuid.uuid4()))))


def both_work_on_the_same_data(stage):
    view = stage.start("panel_0_xy", "panel_0")
    monitor = stage.start("monitor_histogram", "monitor2")
    ids, _, _ = stage.send_events()
    stage.send_events("monitor2", events=11)
    stage.close_batches()
    d = stage.settled(view, "cumulative", lambda d: signal_of(d).sum() == len(ids))
    equal(signal_of(d), image(ids), "image")
    stage.settled(monitor, "counts_total_cumulative", lambda d: signal_of(d) == 28 * 11)


def commands_sent_while_an_engine_was_down_are_not_done(stage):
    first = stage.engines[0]
    equal(first.stop(), 0, "exit code")
    message_id, job = stage.start_command("panel_0_xy", "panel_0")
    stage.fence()
    stage.start_engine(["detector_data"])
    stage.start("panel_0_layers", "panel_0")
    stage.silence(message_id)
    equal(stage.ears.job_statuses(job), [], "statuses")


SCENARIOS = [v for v in list(globals().values()) if callable(v) and getattr(v, "__module__", None) == __name__]
