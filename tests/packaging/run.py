"""What people install: do the example configurations hold, is the unit sound, does the package install, run and purge clean?

    run.py examples --engine PROGRAM
    run.py unit
    run.py notify --engine PROGRAM
    run.py package --build FOLDER --cpack PROGRAM

Exit code 77: something that the test needs is not there.
"""
import argparse
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
SKIPPED = 77


def run(*command, expected=0, **more):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, **more)
    assert done.returncode == expected, f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def check_examples(args):
    examples = sorted((PACKAGING / "examples").glob("*.conf"))
    assert examples, "there are no examples"
    for example in examples:
        out = run(args.engine, f"--config-file={example}", f"--metrics-port={free_port()}", "--check")
        assert "everything can be built" in out, out
    print(f"{len(examples)} examples hold")


def check_unit(_):
    """systemd understands every line, and starts a failed engine again unless its configuration is wrong."""
    if not shutil.which("systemd-analyze"):
        skip("there is no systemd-analyze")
    text = (PACKAGING / "livedata@.service").read_text()
    program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)[1]
    with tempfile.TemporaryDirectory() as folder:
        # A program that is there on every machine.
        unit = Path(folder) / "livedata@.service"
        unit.write_text(text.replace(program, "/bin/true"))
        complaints = [line for line in run("systemd-analyze", "verify", unit).splitlines() if "livedata" in line]
        assert not complaints, "\n".join(complaints)
        run("systemd-analyze", "security", "--offline=true", "--threshold=25", unit)
    for line in ("Type=notify", "Restart=on-failure", "RestartPreventExitStatus=2"):
        assert f"\n{line}\n" in text, f"{line} is missing"
    assert "--display=none" in text and "--config-file=/etc/livedata/%i.conf" in text
    print("the unit is sound")


def check_notify(args):
    """What systemd is told: READY when data flow, signs of life for its watchdog, STOPPING at the end."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"{folder}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(name)
            s.settimeout(60)
            environment = {**os.environ, "NOTIFY_SOCKET": name, "WATCHDOG_USEC": "400000"}
            environment.pop("WATCHDOG_PID", None)
            engine = subprocess.Popen([args.engine, "--instrument=dummy", "--rate=1e4", "--display=none"], env=environment,
                                      stderr=subprocess.DEVNULL)
            try:
                said = [s.recv(4096).decode() for _ in range(4)]
                assert said[0].startswith("READY=1\nSTATUS="), said
                assert said[1:] == ["WATCHDOG=1"] * 3, said
                engine.terminate()
                while said[-1] == "WATCHDOG=1":
                    said.append(s.recv(4096).decode())
                assert said[-1] == "STOPPING=1", said
                assert engine.wait(60) == 0
            finally:
                engine.kill()
    print("systemd is told of start, life and end")


def check_completion(root):
    """What bash offers, from the installed script and tables; and the pages for man."""
    def offered(*words):
        script = root / "usr/share/bash-completion/completions/livedata"
        line = " ".join(f"'{w}'" for w in (root / "usr/bin/livedata", *words))
        return run("bash", "-c", f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _livedata; "
                   "printf '%s\\n' \"${COMPREPLY[@]}\"").split()
    assert offered("rep") == ["replay"]
    assert "--publish=" in offered("--publ") and "--publish-dir=" in offered("--publ")
    assert offered("--publish", "=", "ka") == ["kafka"]
    assert offered("--publish", "=") == ["none", "memory", "files", "kafka"]
    assert offered("top", "--addr") == ["--address="]
    assert offered("job", "st") == ["start", "stop"]
    for program in (root / "usr/bin").iterdir():
        page = (root / f"usr/share/man/man1/{program.name}.1").read_text()
        assert page.startswith(f".TH {program.name} 1 ") and ".SH DESCRIPTION\n" in page, page[:300]
        if shutil.which("man"):
            out = run("man", "-l", root / f"usr/share/man/man1/{program.name}.1", env={**os.environ, "MANPAGER": "cat"})
            assert "--help" in out.replace("\x08", "") or "--version" in out, out[:500]
    assert completed_by_zsh(root, "livedata rep") == "livedata replay "
    assert completed_by_zsh(root, "livedata job sta") == "livedata job start "
    assert completed_by_zsh(root, "livedata --publish=ka") == "livedata --publish=kafka "
    assert completed_by_zsh(root, "livedata top --addr") == "livedata top --address="
    assert completed_by_zsh(root, "livedata replay --sp") == "livedata replay --speed="


def completed_by_zsh(root, typed):
    """What a zsh on a terminal makes of a line when the tabulator is pressed."""
    shell, terminal = pty.fork()
    if shell == 0:
        os.environ.update(TERM="dumb", COLUMNS="200", PATH=f"{root}/usr/bin:{os.environ['PATH']}")
        os.execvp("zsh", ["zsh", "-f", "-i"])

    def read_until(text):
        out, end = "", time.monotonic() + 30
        while text not in out and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                out += os.read(terminal, 65536).decode(errors="replace")
        assert text in out, f"zsh did not write {text!r}: {out!r}"
        return out

    # The answer is written with the line, so that what is typed is not mistaken for it.
    os.write(terminal, f"fpath=({root}/usr/share/zsh/vendor-completions $fpath); autoload -Uz compinit; compinit -u -D; "
             "show() { zle -M \"<$BUFFER>\" }; zle -N show; bindkey '^X' show; echo rea''dy\n".encode())
    read_until("ready")
    os.write(terminal, f"{typed}\t\x18".encode())
    out = read_until(">")
    os.kill(shell, signal.SIGKILL)
    os.waitpid(shell, 0)
    os.close(terminal)
    return re.findall("<(.*?)>", out, re.S)[-1]


class Root:
    """A folder in which dpkg installs, in place of the machine's own root; the package's libraries are not looked for."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("info", "updates"):
            (folder / "var/lib/dpkg" / name).mkdir(parents=True)
        for name in ("status", "available"):
            (folder / "var/lib/dpkg" / name).touch()

    def dpkg(self, *arguments):
        return run("dpkg", f"--root={self.folder}", "--force-script-chrootless", "--force-depends", *arguments,
                   env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdin=subprocess.DEVNULL)

    def files(self):
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*")
                      if not p.is_dir() and not p.is_relative_to(self.folder / "var/lib/dpkg") and p.name != "dpkg.log")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def check_package(args):
    missing = [p for p in ("dpkg", "dpkg-deb", "dpkg-shlibdeps") if not shutil.which(p)]
    if missing:
        skip(f"{', '.join(missing)} not found")
    if os.geteuid() != 0:
        skip("only root can install packages")
    with tempfile.TemporaryDirectory(prefix="livedata-package-") as name:
        folder = Path(name)
        run(args.cpack, "-G", "DEB", "--config", Path(args.build) / "CPackConfig.cmake", "-B", folder / "made")
        (package,) = (folder / "made").glob("*.deb")
        fields = dict(re.findall(r"^(\S+): (.*)$", run("dpkg-deb", "-f", package), re.MULTILINE))
        for library in ("libc6", "librdkafka1", "libhdf5", "libstdc++6"):
            assert library in fields["Depends"], f"{library} is not in Depends: {fields['Depends']}"
        assert "@" in fields["Maintainer"], fields["Maintainer"]
        root = Root(folder / "root")
        root.dpkg("--install", package)
        check_installed(root.folder)
        # What people and a running engine add.
        root.write("etc/livedata/loki.conf", "# ours")
        root.write("etc/livedata/dummy.conf", "# changed")
        root.write("var/lib/livedata/results/image.da00", "")
        root.write("var/cache/private/livedata/file", "")
        root.write("etc/systemd/system/multi-user.target.wants/livedata@loki.service", "")
        root.dpkg("--install", package)
        assert (root.folder / "etc/livedata/dummy.conf").read_text() == "# changed", "an upgrade has overwritten a configuration"
        root.dpkg("--remove", "livedata")
        left = root.files()
        assert "etc/livedata/loki.conf" in left and "etc/livedata/dummy.conf" in left, f"removed with the programs; left: {left}"
        assert not [f for f in left if f.startswith("usr/")], f"left: {left}"
        root.dpkg("--purge", "livedata")
        assert not root.files(), f"left after the purge: {root.files()}"
    print(f"{package.name} installs, runs, keeps what was changed, and purges clean")


def check_installed(root):
    """The installed program finds its instruments and runs with the installed configuration."""
    program = root / "usr/bin/livedata"
    configuration = root / "etc/livedata/dummy.conf"
    assert (root / "usr/lib/systemd/system/livedata@.service").is_file(), "there is no unit"
    secrets = root / "etc/livedata/environment"
    assert secrets.stat().st_mode & 0o777 == 0o600, f"{secrets} can be read by others"
    options = [f"--config-file={configuration}", f"--metrics-port={free_port()}"]
    out = run(program, *options, "--check")
    assert str(root / "usr/share/livedata/instruments/dummy.json") in out, f"other instruments than those installed:\n{out}"
    out = run(program, *options, "--display=none", "--duration=3s")
    assert "service_stopped" in out and re.search(r"\bjobs?_activated ", out), out
    check_completion(root)
    for name in ("topics", "record", "replay", "simulate", "geometry", "job", "top", "tap", "bundle"):
        run(root / f"usr/bin/livedata-{name}", "--help")
    broken = root / "broken.conf"
    broken.write_text("livedata { instrument = \"unknown\" }\n")
    run(program, f"--config-file={broken}", "--display=none", expected=2)
    broken.unlink()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["examples", "unit", "notify", "package"])
    parser.add_argument("--engine")
    parser.add_argument("--build")
    parser.add_argument("--cpack", default="cpack")
    args = parser.parse_args()
    {"examples": check_examples, "unit": check_unit, "notify": check_notify, "package": check_package}[args.what](args)


if __name__ == "__main__":
    main()
