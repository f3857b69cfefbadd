"""Prometheus on a running engine: do the rules load, has every expression data, and do the alerts fire?

    run.py simulator --engine PROGRAM
    run.py kafka --engine PROGRAM --simulate PROGRAM --topics PROGRAM

simulator: the engine's own made-up pulses; at the end the engine is killed. kafka: a broker of its own, which is ended, too.
Exit code 77: Prometheus is not installed.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "monitoring"
SKIPPED = 77
PATIENCE = 60.0
# They depend on how busy the machine is.
ABOUT_SPEED = {"LivedataLag", "LivedataBatchesWait", "LivedataJobLeftBehind"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.1)
    return value


def metrics_of(expression):
    """The names of metrics in an expression, without what a histogram adds to its name."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", expression)
    names = re.findall(r"\b(?:livedata|process|caf)_\w+|\bup\b", bare)
    return {re.sub(r"_(bucket|sum|count)$", "", n) for n in names}


def dashboard_expressions():
    dashboard = json.loads((PAGES / "dashboard.json").read_text())
    found = [(p["title"], t["expr"]) for p in dashboard["panels"] for t in p.get("targets", [])]
    found += [(a["name"], a["expr"]) for a in dashboard["annotations"]["list"]]
    return [(title, e.replace("$instrument", ".*").replace("$__rate_interval", "10s")) for title, e in found]


def alert_names(text):
    return set(re.findall(r"^ *- alert: (\w+)$", text, re.MULTILINE))


def check_files():
    subprocess.run(["promtool", "check", "config", "--lint=all", "--lint-fatal", PAGES / "prometheus.yml"], check=True)
    subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", PAGES / "alerts.yml"], check=True)
    made_up = Path(__file__).with_name("alerts_test.yml")
    subprocess.run(["promtool", "test", "rules", made_up], check=True)
    alerts = alert_names((PAGES / "alerts.yml").read_text())
    for what, names in (("a test", set(re.findall(r'alertname="(\w+)"', made_up.read_text()))),
                        ("an entry in README.md", set(re.findall(r"^\| `(Livedata\w+)` \|", (PAGES / "README.md").read_text(),
                                                                 re.MULTILINE)))):
        assert names == alerts, f"alerts without {what}, or the other way round: {sorted(names ^ alerts)}"


def documented_metrics():
    """The names in the first column of the pages' tables."""
    rows = re.findall(r"^\|([^|]*)\|", "".join((ROOT / "docs" / p).read_text() for p in ("operations.md", "kafka.md")),
                      re.MULTILINE)
    return set(re.findall(r"`(livedata_\w+)`", " ".join(rows)))


class Prometheus:
    """A server of its own on one target, with the files of docs/monitoring and short times."""

    def __init__(self, run, target):
        folder = run.folder
        self.port = free_port()
        rules = (PAGES / "alerts.yml").read_text()
        rules = re.sub(r"(\bfor: )\w+", r"\g<1>1s", rules)
        rules = re.sub(r"\[[12]m\]", "[10s]", rules)
        (folder / "alerts.yml").write_text(rules)
        configuration = (PAGES / "prometheus.yml").read_text()
        configuration = re.sub(r"(_interval: )\w+", r"\g<1>1s", configuration)
        assert "localhost:9464" in configuration
        (folder / "prometheus.yml").write_text(configuration.replace("localhost:9464", f"127.0.0.1:{target}"))
        self.process = run.start("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                 f"--web.listen-address=127.0.0.1:{self.port}")
        eventually("Prometheus", self.is_ready)

    def is_ready(self):
        assert self.process.poll() is None, "prometheus has ended"
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=10)
        except OSError:
            return None

    def ask(self, path, **arguments):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{arguments}: {e.read().decode()}") from None

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def exported(self):
        names = self.ask("label/__name__/values")
        return {re.sub(r"_(bucket|sum|count)$", "", n) for n in names}

    def rules(self):
        return [r for group in self.ask("rules")["groups"] for r in group["rules"]]

    def firing(self):
        return {r["name"] for r in self.rules() if r["state"] == "firing"}


class Run:
    """The programs of one run; all are ended with it."""

    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.started = []
        self.kafka = None

    def start(self, *command):
        with open(self.folder / f"{len(self.started)}.log", "w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def start_engine(self, port, *options):
        engine = self.start(self.args.engine, "--display=none", "--instrument=dummy", "--services=detector_data,monitor_data",
                            "--metrics-address=127.0.0.1", f"--metrics-port={port}", *options)
        return engine

    def start_broker(self):
        self.kafka = [ROOT / "tools" / "kafka", "--data", self.folder / "kafka"]
        subprocess.run([*self.kafka, "--port", "0", "start"], check=True)
        subprocess.run([*self.kafka, "topics", "dummy"], check=True, env={**os.environ, "LIVEDATA_TOPICS": self.args.topics})
        return "127.0.0.1:" + (self.folder / "kafka" / "port").read_text().strip()

    def stop_broker(self):
        if self.kafka:
            subprocess.run([*self.kafka, "stop", "--kill"], check=True)
        self.kafka = None

    def show_logs(self):
        for i, process in enumerate(self.started):
            text = (self.folder / f"{i}.log").read_text()
            print(f"--- {process.args[0]}\n{text[-3000:]}", file=sys.stderr)

    def close(self):
        for process in self.started:
            process.kill()
            process.wait()
        self.stop_broker()


def check_expressions(prometheus, without):
    """Every expression can be evaluated, and has data unless its metrics are among those that are `without`."""
    exported = prometheus.exported()
    used = set()
    rules = prometheus.rules()
    for rule in rules:
        assert rule["health"] == "ok" and not rule.get("lastError"), f"{rule['name']}: {rule['health']} {rule.get('lastError')}"
        used |= metrics_of(rule["query"])
    for title, expression in dashboard_expressions():
        names = metrics_of(expression)
        used |= names
        got = prometheus.query(expression)
        if names and not names & without and not got:
            # A rate needs two scrapes.
            eventually(f"data of the dashboard's '{title}' from {expression}", lambda: prometheus.query(expression), 10)
    missing = used - exported - without
    assert not missing, f"rules or dashboard use what the engine does not export: {sorted(missing)}"
    undocumented = {n for n in used | exported if n.startswith("livedata_")} - documented_metrics()
    assert not undocumented, f"in no table of docs/operations.md or docs/kafka.md: {sorted(undocumented)}"
    print(f"{len(rules)} rules and {len(dashboard_expressions())} expressions of the dashboard evaluated, "
          f"{len(used)} metrics used, {len(exported)} there")


def check_searches(port):
    """What the page on operations has people look for in the metrics is there."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        metrics = answer.read()
    page = " ".join((ROOT / "docs" / "operations.md").read_text().split())
    searches = re.findall(r"`metrics \| grep ([^`]+)`", page)
    assert searches, "docs/operations.md looks for nothing"
    for search in searches:
        found = subprocess.run(["grep", *shlex.split(search)], input=metrics, stdout=subprocess.PIPE)
        assert found.returncode == 0, f"docs/operations.md: 'metrics | grep {search}' finds nothing"
    print(f"{len(searches)} searches of docs/operations.md find something")


def kill_and_see(prometheus, engine):
    """An engine that is killed is noticed, and its last values are gone."""
    assert prometheus.query("livedata_jobs"), "there were no values before"
    engine.kill()
    engine.wait()
    eventually("LivedataDown", lambda: "LivedataDown" in prometheus.firing())
    eventually("the end of the last values", lambda: not prometheus.query("livedata_jobs"), 5)
    print("killed: LivedataDown fires, and the last values are gone")


def check_silence(prometheus):
    firing = prometheus.firing() - ABOUT_SPEED
    assert not firing, f"fire without reason: {sorted(firing)}"


def rated(prometheus):
    """Prometheus has seen the engine long enough for rates, and results."""
    return prometheus.query("rate(livedata_results_total[10s]) > 0") and prometheus.query(
        "count_over_time(up[10s]) >= 5")


def on_simulator(run):
    port = free_port()
    engine = run.start_engine(port, "--rate=1e5", "--publish=memory")
    prometheus = Prometheus(run, port)
    eventually("results", lambda: rated(prometheus))
    kafka = {n for n in documented_metrics() if n.startswith("livedata_kafka_")}
    check_expressions(prometheus, kafka)
    check_silence(prometheus)
    kill_and_see(prometheus, engine)
    engine = run.start_engine(port, "--rate=1e5")
    eventually("the engine that was started again", lambda: prometheus.query("up == 1"), 10)
    eventually("the end of the alert", lambda: "LivedataDown" not in prometheus.firing(), 10)
    print("started again at once: it is scraped, and LivedataDown ends")


def on_kafka(run):
    broker = run.start_broker()
    simulate = run.start(run.args.simulate, "--instrument=dummy", f"--bootstrap-servers={broker}")
    port = free_port()
    engine = run.start_engine(port, "--dev", "--source=kafka", f"--bootstrap-servers={broker}", "--job-set=default")
    prometheus = Prometheus(run, port)
    eventually("results", lambda: rated(prometheus))
    check_silence(prometheus)
    give_bad_messages(broker)
    eventually("alerts about bad messages",
               lambda: {"LivedataMessagesRejected", "LivedataCommandsRefused"} <= prometheus.firing())
    check_expressions(prometheus, set())
    check_searches(port)
    print("bad messages: LivedataMessagesRejected and LivedataCommandsRefused fire")
    simulate.send_signal(signal.SIGTERM)
    eventually("LivedataNoData", lambda: "LivedataNoData" in prometheus.firing())
    print("producers ended: LivedataNoData fires")
    run.stop_broker()
    eventually("LivedataBrokerAway", lambda: "LivedataBrokerAway" in prometheus.firing())
    print("broker killed: LivedataBrokerAway fires")
    kill_and_see(prometheus, engine)


def give_bad_messages(broker):
    """A message of detectors that nobody can read, and a command that is refused."""
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker})
    producer.produce("dummy_detector", b"no flatbuffer")
    producer.produce("dummy_livedata_commands", json.dumps({
        "kind": "workflow_config", "identifier": "dummy/panel_0_xy/1",
        "job_id": {"source_name": "nope", "job_number": "2f0d7a5e-6c41-4b3a-9d8e-1f2a3b4c5d6e"}}))
    assert producer.flush(PATIENCE) == 0, "the broker does not take messages"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", choices=["simulator", "kafka"])
    parser.add_argument("--engine", required=True)
    parser.add_argument("--simulate")
    parser.add_argument("--topics")
    args = parser.parse_args()
    missing = [p for p in ("prometheus", "promtool") if not shutil.which(p)]
    if missing:
        print(f"skipped: {' and '.join(missing)} not found; tools/setup installs Debian's package prometheus")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="livedata-monitoring-") as folder:
        run = Run(args, Path(folder))
        try:
            check_files()
            {"simulator": on_simulator, "kafka": on_kafka}[args.source](run)
        except BaseException:
            run.show_logs()
            raise
        finally:
            run.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
