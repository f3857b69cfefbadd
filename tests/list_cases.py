"""Writes the cases of a doctest executable as tests of ctest: list_cases.py EXECUTABLE TARGET FILE

Each runs in a process of its own, and fails if there is no such case to run.
"""
import re
import subprocess
import sys

executable, target, file = sys.argv[1:]
text = subprocess.run([executable, "--list-test-cases", "--no-colors"], check=True, stdout=subprocess.PIPE, text=True).stdout
cases = [line for line in text.splitlines() if line and not line.startswith(("[doctest]", "====="))]
with open(file, "w") as out:
    for case in cases:
        # What has a meaning in a filter stands for itself where any character may stand.
        pattern = re.sub(r"[,\\]", "?", case)
        name = f"{target}:{case}"
        out.write(f'add_test([==[{name}]==] [==[{executable}]==] [==[--test-case={pattern}]==])\n'
                  f'set_tests_properties([==[{name}]==] PROPERTIES FAIL_REGULAR_EXPRESSION "test cases: +0 ")\n')
