"""The interface of HTTP as programs of others see it.

    run.py example --engine PROGRAM --example docs/examples/first_job.py
    run.py openapi --engine PROGRAM --document docs/openapi.json
"""
import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Engine:
    """A running engine with control, gone at the end."""

    def __init__(self, program, *options):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory()
        self.log = open(Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(
            [program, "--instrument=dummy", "--rate=1e5", "--display=none", f"--http-port={self.port}",
             "--view.control=true", *options], cwd=self.folder.name, stderr=self.log)

    def __enter__(self):
        for _ in range(600):
            if self.ask("GET", "/ready")[0] == 200:
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.__exit__()
        sys.exit("the engine does not become ready")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if code != 0:
            self.log.seek(0)
            sys.exit(f"the engine ended with {code}:\n{self.log.read()}")

    def ask(self, method, path, content=None):
        """Status, content type, body; status 0: nobody answers."""
        request = urllib.request.Request(self.address + path, method=method)
        if content is not None:
            request.data = json.dumps(content).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers["Content-Type"], e.read()
        except OSError:
            return 0, "", b""


def example(args):
    with Engine(args.engine) as engine:
        # A wrong parameter is told at its field.
        done = subprocess.run([sys.executable, "-B", args.example, engine.address], capture_output=True, text=True,
                              timeout=300)
        print(done.stdout, done.stderr)
        if done.returncode != 0:
            sys.exit("the example fails")
        counts = re.findall(r"^(?:da00|json|hdf5): (\d+) counts", done.stdout, re.MULTILINE)
        if len(counts) != 3 or int(counts[0]) == 0 or "stopped" not in done.stdout:
            sys.exit("the example does not show what it should")


def resolved(document, schema):
    while "$ref" in schema:
        node = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        schema = node
    return schema


TYPES = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool,
         "null": type(None)}


def misfits(document, schema, value, where="$"):
    """What of a value is not as the schema says: types, required members, members that it does not know, enums."""
    schema = resolved(document, schema)
    if "anyOf" in schema:
        found = [misfits(document, s, value, where) for s in schema["anyOf"]]
        return [] if [] in found else found[0]
    allowed = schema.get("type")
    if allowed is not None:
        allowed = allowed if isinstance(allowed, list) else [allowed]
        fits = [t for t in allowed if isinstance(value, TYPES[t]) and not (isinstance(value, bool) and t != "boolean")]
        if not fits:
            return [f"{where}: {value!r:.60} is no {allowed}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    out = []
    if isinstance(value, dict) and "properties" in schema:
        out += [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, member in value.items():
            if name in schema["properties"]:
                out += misfits(document, schema["properties"][name], member, f"{where}.{name}")
            elif "additionalProperties" not in schema:
                out.append(f"{where}: {name} is not in the description")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value[:50]):
            out += misfits(document, schema["items"], item, f"{where}[{i}]")
    return out


def openapi(args):
    document = json.loads(Path(args.document).read_text())
    problems = []
    with Engine(args.engine) as engine:
        jobs = []
        for _ in range(100):
            jobs = [j for j in json.loads(engine.ask("GET", "/api/v1/jobs")[2])["jobs"] if j["outputs"]]
            if jobs:
                break
            time.sleep(0.1)
        views = [j for j in jobs if any(o["name"] == "roi_rectangle" for o in j["outputs"])]
        job = (views or jobs)[0]
        served = json.loads(engine.ask("GET", "/api/v1/openapi.json")[2])
        if served != document:
            problems.append("the engine serves another document than the one in docs")
        asked = 0
        for path, methods in document["paths"].items():
            if "get" not in methods or path.endswith("/updates"):
                continue
            real = path.format(source=job["source"], number=job["job_number"], name=job["outputs"][0]["name"])
            if "{name}" in path:
                real += "?format=json"
            status, kind, body = engine.ask("GET", real)
            described = methods["get"]["responses"].get(str(status))
            if described is None:
                problems.append(f"{real}: the description has no answer {status}")
                continue
            asked += 1
            if kind.startswith("application/json"):
                schema = described["content"]["application/json"]["schema"]
                problems += [f"{real} {m}" for m in misfits(document, schema, json.loads(body))]
        for content in ({}, {"workflow": "x", "source": "y"}, {"workflow": 3}):
            status, _, body = engine.ask("POST", "/api/v1/jobs", content)
            if status != 422:
                problems.append(f"POST {content}: {status}, not 422")
            problems += misfits(document, {"$ref": "#/components/schemas/Error"}, json.loads(body))
        if asked < 8:
            problems.append(f"only {asked} paths were asked")
    print("\n".join(problems[:50]) or "all answers are as docs/openapi.json describes them")
    sys.exit(1 if problems else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["example", "openapi"])
    parser.add_argument("--engine", required=True)
    parser.add_argument("--example")
    parser.add_argument("--document")
    args = parser.parse_args()
    {"example": example, "openapi": openapi}[args.what](args)


if __name__ == "__main__":
    main()
