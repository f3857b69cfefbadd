"""Every command in README and docs is run as it stands there, or another test is named that does so.

    run_commands.py SOURCE_DIR BIN_DIR [--broker PORT_FILE]

With a broker: the commands that need Kafka; without one: all others. What is changed: engines end after some seconds
(--duration) and show no table, ports are free ones, the folder is a scratch folder for each page.
"""
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STARTS = ("livedata", "livedata-", "build/release/bin/", "tools/", "cmake", "cpack", "curl", "docker", "apt", "systemctl",
          "journalctl", "cp ", "python", "silx")

# What this test does not run: how the command begins, on which page (empty: on any), and who does.
ELSEWHERE = [
    ("tools/demo", "", "every other test of the engine; it starts the program of this build"),
    ("tools/test", "", "whoever runs this test"),
    ("tools/setup", "", "tools/test begins with it"),
    ("tools/bench", "", "the tests bench: ..., with programs that tools/bench calls"),
    ("tools/chaos", "", "broker: chaos, with fewer kills"),
    ("tools/soak", "", "takes an hour; what it judges by: chaos: plan and totals"),
    ("tools/kafka", "", "broker: start, broker: stop, interop: topics"),
    ("cmake --preset", "", "tools/test"),
    ("cmake --build", "", "tools/test"),
    ("cmake --install", "", "packaging: package"),
    ("cpack", "", "packaging: package"),
    ("apt install", "", "packaging: package, in a folder in place of the machine"),
    ("systemctl", "", "packaging: unit and packaging: notify; there is no systemd where tests run"),
    ("journalctl", "", "there is no systemd where tests run"),
    ("docker", "", "there is no Docker where tests run"),
    ("cp /usr/share", "", "packaging: package"),
    ("livedata --config-file=/etc/livedata", "", "packaging: examples"),
    ("python -m ess.livedata", "", "the field's own program"),
    ("silx", "", "interop: files opens the file with h5py"),
    ("", "docs/adding-a-workflow.md", "guide_tests: it needs the workflow of the page"),
    ("", "docs/commands.md", "interop: commands_page"),
]
KAFKA = re.compile(r"--source=kafka|--replay\.file=run\.rec|^livedata-(topics|simulate|record|replay)\b|^livedata (tap|job)\b")
ENGINE = re.compile(r"^livedata --")
# Others run until they are ended.
ENDED = re.compile(r"--(check|list|duration)\b|--replay\.file")


def commands_of(text):
    """Commands in indented blocks, and in fenced ones of no language, with lines that go on joined."""
    text = re.sub(r"^```\n(.*?)^```$", lambda b: re.sub(r"^", "    ", b[1], flags=re.MULTILINE), text, flags=re.MULTILINE | re.DOTALL)
    found, block = [], re.compile(r"^(?: {4,}\S.*\n)(?: {4}.*\n|\n(?= {4}))*", re.MULTILINE)
    for b in block.findall(text):
        joined = re.sub(r"\\\n\s*", "", b)
        for line in joined.splitlines():
            command = re.sub(r"^build/release/bin/|\s{3,}\S.*$", "", line.strip())
            if command.startswith(STARTS) and not re.match(r"livedata(\s+\{|\s+\d\d:)", command):
                found.append(command)
    return found


def configuration_of(text):
    """The first block of a configuration file on a page."""
    b = re.search(r"^    livedata \{\n(?:    .*\n|\n)*", text, re.MULTILINE)
    return re.sub(r"^ {4}", "", b[0], flags=re.MULTILINE) if b else ""


def elsewhere(page, command):
    return next((who for start, where, who in ELSEWHERE if command.startswith(start) and where in ("", page)), None)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Page:
    """The commands of a page, one after the other, in a folder of their own."""

    def __init__(self, name, text, bin_dir, environment):
        self.name, self.text, self.environment = name, text, environment
        self.folder = tempfile.TemporaryDirectory(prefix="livedata-docs-")
        self.bin_dir = bin_dir
        self.ports = {port: str(free_port()) for port in ("8080", "9464")}
        self.beside = []
        if "--instrument-path=FOLDER" in text:
            document = re.search(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
            (Path(self.folder.name) / f"{json.loads(document)['name']}.json").write_text(document)
        if "--config-file=my.conf" in text:
            (Path(self.folder.name) / "my.conf").write_text(self.changed(configuration_of(text)))

    def changed(self, text):
        for port, free in self.ports.items():
            text = re.sub(rf"\b{port}\b", free, text)
        return text.replace("/tmp/", f"{self.folder.name}/")

    def words(self, command):
        command = self.changed(re.sub(r"--duration=\d+", "--duration=3", command).replace("--bootstrap-servers=broker:9092 ", ""))
        command = command.replace("=FOLDER", f"={self.folder.name}")
        words = shlex.split(command)
        if words[0].startswith("livedata"):
            words[0] = str(self.bin_dir / words[0])
        return words

    def start(self, words, ready):
        """A program that runs beside what follows, until the page ends."""
        log = Path(self.folder.name) / f"beside{len(self.beside)}.log"
        with open(log, "w") as out:
            program = subprocess.Popen(words, cwd=self.folder.name, env=self.environment, stderr=out, stdout=out)
        self.beside.append((program, log))
        end = time.monotonic() + 120
        while ready not in log.read_text():
            assert program.poll() is None and time.monotonic() < end, f"{self.name}: {words} does not run:\n{log.read_text()}"
            time.sleep(0.1)

    def start_engine(self, words):
        self.start([*words, "--display=none"], "service_running")

    def run(self, command, more_follow):
        words = self.words(command)
        engine = ENGINE.match(command)
        if engine and more_follow and "--http-port" in command:
            return self.start_engine(words)
        if any(port in " ".join(words) for port in self.ports.values()) and not engine and not self.beside:
            self.start_engine([self.bin_dir / "livedata", "--instrument=dummy", f"--http-port={self.ports['8080']}", f"--metrics-port={self.ports['9464']}"])
        if command.startswith("livedata-record"):
            instrument = re.search(r"--instrument=\S+", command)[0]
            self.start([self.bin_dir / "livedata-simulate", instrument], "")
        if (engine or command.startswith("livedata-simulate")) and not ENDED.search(command):
            words.append("--duration=3")
        if engine:
            words.append("--display=none")
        if command.startswith("curl"):
            words.insert(1, "--fail")
        done = subprocess.run(words, cwd=self.folder.name, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        assert done.returncode == 0, f"{self.name}: {command}\nexit code {done.returncode}\n{done.stdout[-4000:]}"

    def close(self):
        for program, log in self.beside:
            program.send_signal(signal.SIGTERM)
            code = program.wait(60)
            assert code == 0, f"{self.name}: {program.args} ended with {code}:\n{log.read_text()}"
        self.folder.cleanup()


def main():
    root, bin_dir = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    broker = sys.argv[4] if len(sys.argv) > 4 else None
    environment = {**os.environ, "PATH": f"{bin_dir}:{os.environ['PATH']}"}
    if broker:
        environment |= {"LIVEDATA_ENV": "docker", "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{Path(broker).read_text().strip()}",
                        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN",
                        "KAFKA_SASL_USERNAME": "", "KAFKA_SASL_PASSWORD": ""}
    ran = left = 0
    for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        name, text = str(path.relative_to(root)), path.read_text()
        mine = [c for c in commands_of(text) if not elsewhere(name, c) and bool(KAFKA.search(c)) == bool(broker)]
        left += len([c for c in commands_of(text) if elsewhere(name, c)])
        page = Page(name, text, bin_dir, environment)
        for i, command in enumerate(mine):
            print(f"{name}: {command}", flush=True)
            page.run(command, i + 1 < len(mine))
        ran += len(mine)
        page.close()
    assert ran >= (5 if broker else 15), "the pages have lost their commands, or this test its eyes"
    print(f"{ran} commands ran, {left} are run elsewhere")


if __name__ == "__main__":
    main()
