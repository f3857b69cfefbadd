"""Checks that the tables of docs/ that map statements to tests name tests that exist.

Usage: check_tables.py PROJECT_FOLDER. In a row, a word in backticks that ends in _test is a file of tests; what stands in
quotes behind it begins the name of one of its cases (up to "…"), or is the whole name. Statements with a letter (J-1, or J-2
to J-5) that begin a row must each be in the name of a case of the files of that row.
"""

import re
import sys
from pathlib import Path

PAGES = ("semantics.md", "workflows.md", "field-reports.md", "reliability.md", "scaling.md")


def case_names(file):
    """The names of the cases of a file; literals that stand side by side are one."""
    text = file.read_text()
    for match in re.finditer(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', text):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match.group(1)))


def statements_in(text):
    for letter, first, last in re.findall(r"([A-Z])-(\d+)(?: to \1-(\d+))?", text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{letter}-{number}"


def problems_of(page, files):
    found = 0
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if not line.startswith("|"):
            continue
        names = None
        cases = [n for word in re.findall(r"`(\w+_test)`", line) for n in files.get(word, [])]
        if cases:
            held = {statement for n in cases for statement in statements_in(n)}
            for statement in statements_in(line.split("|")[1]):
                if statement not in held:
                    yield f"{page.name}:{number}: no case says that it holds {statement}"
        for word, quoted in re.findall(r'`(\w+_test)`|"([^"]+)"', line):
            if word:
                found += 1
                names = files.get(word)
                if names is None:
                    yield f"{page.name}:{number}: there is no {word}.cpp"
            elif names is not None:
                start, more, _ = quoted.partition("…")
                start = start.strip()
                if not any(n.startswith(start) if more else n == start for n in names):
                    yield f'{page.name}:{number}: no case is called "{quoted}"'
    if found == 0:
        yield f"{page.name} names no tests"


def main():
    root = Path(sys.argv[1])
    files = {}
    for f in (root / "tests").rglob("*_test.cpp"):
        files.setdefault(f.stem, []).extend(case_names(f))
    problems = [p for name in PAGES for p in problems_of(root / "docs" / name, files)]
    print("\n".join(problems) or f"every test that {' and '.join(PAGES)} name is there")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
