"""Runs a group of scenarios against the real engine and a real broker.

    run.py GROUP --engine PROGRAM --broker HOST:PORT|FILE [--only NAME]

Groups: commands, commands_page, data, histograms, status, two_engines, runs. The topics of the instrument must be there: tools/kafka topics dummy.
"""
import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path

from stage import Stage


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("group")
    parser.add_argument("--engine", required=True)
    parser.add_argument("--broker", help="host:port, or a file with the port on this machine", required=True)
    parser.add_argument("--only", help="part of the name of a scenario")
    args = parser.parse_args()
    broker = args.broker if ":" in args.broker else "127.0.0.1:" + Path(args.broker).read_text().strip()
    group = importlib.import_module(args.group)
    stage = Stage(args.engine, broker)
    failed = []
    played = 0
    try:
        for engine in group.ENGINES:
            stage.start_engine([s for s in engine if not s.startswith("--")], *[s for s in engine if s.startswith("--")])
        for scenario in group.SCENARIOS:
            if args.only and args.only not in scenario.__name__:
                continue
            played += 1
            begin = time.monotonic()
            try:
                scenario(stage)
                verdict = "ok  "
            except Exception:
                verdict = "FAIL"
                failed.append(scenario.__name__)
                traceback.print_exc()
            print(f"{verdict} {time.monotonic() - begin:5.1f} s  {scenario.__name__.replace('_', ' ')}", flush=True)
        for e in stage.engines:
            if e.process.poll() not in (None, 0):
                failed.append(f"an engine ended with {e.process.returncode}")
        if failed:
            for e in stage.engines:
                print(f"--- last of the engine's log\n{e.log()[-4000:]}", file=sys.stderr)
    finally:
        stage.close()
    print(f"{args.group}: {played} scenarios, {len(failed)} failed {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
