"""What the checks of random cases against numpy have in common."""

import json
import subprocess
import sys


def run_checks(checks, rounds):
    """Has the program of the command line write cases, and checks each by the function of its kind.

    Command line: PROGRAM [SEED [ROUNDS]]. Ends with the first case that disagrees.
    """
    program = sys.argv[1]
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    rounds = sys.argv[3] if len(sys.argv) > 3 else rounds
    cases = json.loads(subprocess.run([program, seed, rounds], check=True, capture_output=True).stdout)
    assert set(cases) == set(checks), f"cases of {sorted(cases)}"
    for name, check in checks.items():
        assert len(cases[name]) == int(rounds)
        for number, case in enumerate(cases[name]):
            try:
                check(case)
            except AssertionError as e:
                sys.exit(f"{name}, case {number} of seed {seed}: {e}")
        print(f"{name}: {len(cases[name])} cases agree")
