"""The broker and the engines of a run: started, killed, halted, and started again as a supervisor would."""
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What a supervisor waits before it starts an engine again that has ended.
RESTART_DELAY = 1.0
# An engine that ends with one of these of itself is started again: no broker answers.
STARTED_AGAIN = {0, 1}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """The broker of tools/kafka, with a listener for clients that come through a proxy."""

    def __init__(self, folder, topics_program):
        self._command = [ROOT / "tools" / "kafka", "--data", folder]
        self._environment = {**os.environ, "LIVEDATA_TOPICS": str(topics_program)}
        self._folder = folder
        self._topics = topics_program
        self._proxied = None
        self._start = None
        self._halted = None

    def begin(self, proxy):
        """Starts it behind the proxy."""
        self._proxied = proxy.port
        self._kafka("--port", "0", "--proxied", str(self._proxied), "start")
        port = int((self._folder / "port").read_text())
        self.address = f"127.0.0.1:{port}"
        proxy.target = port + 2

    def make_topics(self, instrument, keep):
        subprocess.run([self._topics, f"--bootstrap-servers={self.address}", f"--instrument={instrument}", f"--keep={keep}"],
                       check=True, stdout=subprocess.DEVNULL)

    def start(self):
        """Begins to start it, and returns."""
        self._start = threading.Thread(target=self._kafka, args=("--proxied", str(self._proxied), "start"), daemon=True)
        self._start.start()

    def wait(self):
        """Returns when it has started."""
        if self._start:
            self._start.join()
        self._start = None

    def kill(self):
        self.wait()
        self._kafka("stop", "--kill")

    def halt(self, on):
        if on:
            self.wait()
            self._halted = self._pid()
        if self._halted is not None and self._halted == self._pid():
            os.kill(self._halted, signal.SIGSTOP if on else signal.SIGCONT)

    def close(self):
        self.halt(False)
        self.wait()
        self._kafka("stop", "--kill")

    def _pid(self):
        try:
            return int((self._folder / "pid").read_text())
        except (OSError, ValueError):
            return None

    def _kafka(self, *arguments):
        done = subprocess.run([*self._command, *arguments], env=self._environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"tools/kafka {' '.join(arguments)}: {done.stdout}")


class Engine:
    """An engine with some services, whose snapshots and log are its own."""

    def __init__(self, name, program, folder, options, environment):
        self.name = name
        self.log = folder / f"{name}.log"
        # Ends that nobody asked for, by exit code.
        self.ends = {}
        # Events that it has dropped, by life, as far as its metrics told before it ended.
        self.dropped = {}
        # The largest difference that the engine has told of in its books.
        self.books_difference = 0
        self._port = free_port()
        self._command = [program, *options, f"--http-port={self._port}"]
        self._environment = {**os.environ, **environment}
        self._process = None
        self._due = None
        self.lives = 0

    def start(self):
        self._due = None
        self.lives += 1
        self._begun = time.monotonic()
        with open(self.log, "a") as log:
            log.write("--- start\n")
            log.flush()
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment)

    def kill(self, away):
        """Kills it; it is started again in `away` seconds. False if it does not run."""
        if self._process is None:
            self._due = time.monotonic() + away
            return False
        self._process.kill()
        self._gone()
        self._due = time.monotonic() + away
        return True

    def halt(self, on):
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def kill_actor(self):
        """Kills the actor of one of its jobs, if it is the program mortal_engine; it has to be up. Whether it was."""
        if "livedata_jobs" not in self.metrics():
            return False
        self._process.send_signal(signal.SIGUSR2)
        return True

    def watch(self):
        """Starts it again if it has ended, or is due. Call it often."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self.ends[code] = self.ends.get(code, 0) + 1
            self._gone()
            self._due = time.monotonic() + RESTART_DELAY
        if self._process is None and self._due is not None and time.monotonic() >= self._due:
            self.start()

    def bad_ends(self):
        return {code: n for code, n in self.ends.items() if code not in STARTED_AGAIN}

    @property
    def pid(self):
        return self._process.pid

    def ask_to_end(self):
        self._process.send_signal(signal.SIGTERM)

    def end(self, patience):
        """Waits for its end; gives the exit code, or None if it does not end."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def age(self):
        return time.monotonic() - self._begun if self._process is not None else 0.0

    def metrics(self):
        """What a scrape gives; nothing if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=1) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError):
            return ""

    def _gone(self):
        self._process.wait()
        self._process = None
