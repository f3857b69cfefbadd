"""Every environment variable that programs, tools or tests read stands in the table of docs/operations.md, and no other.

    check_variables.py SOURCE_DIR

Variables of options follow from the options' names, and are not in the table.
"""
import re
import sys
from pathlib import Path

CODE = ("app", "actors", "transport", "workflows", "messages", "bench")
# Where tests read variables of their own; others set them.
TEST_CODE = ("tests/engine/model_test.cpp", "tests/transport/broker.hpp")
READ = re.compile(r'"((?:LIVEDATA|KAFKA|XDG)_[A-Z_]+)"|(?:environment|get|getenv|variable)\("([A-Z_]+)"\)')
SHELL = re.compile(r"\$\{?(LIVEDATA_[A-Z_]+|CMAKE_PREFIX_PATH)")


def variables_of_code(root):
    files = [f for folder in CODE for f in (root / folder).rglob("*.[ch]pp")] + [root / f for f in TEST_CODE]
    found = {}
    for f in files:
        text = re.sub(r"//.*", "", f.read_text())
        for names in READ.findall(text):
            found.setdefault(names[0] or names[1], f.relative_to(root))
    for f in sorted((root / "tools").iterdir()):
        if f.is_file():
            for name in SHELL.findall(f.read_text(errors="replace")):
                found.setdefault(name, f.relative_to(root))
    return found


def variables_of_page(text):
    section = re.search(r"^## Environment\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\|([^|]*)\|", section[1], re.MULTILINE) if section else []
    return set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))


def main():
    root = Path(sys.argv[1])
    read = variables_of_code(root)
    written = variables_of_page((root / "docs/operations.md").read_text())
    problems = [f"{name}, read in {where}, is not in the table 'Environment' of docs/operations.md"
                for name, where in sorted(read.items()) if name not in written]
    problems += [f"{name} of the table 'Environment' of docs/operations.md is read nowhere"
                 for name in sorted(written - set(read))]
    if len(read) < 10:
        problems.append(f"only {sorted(read)} were found in the code: the search is broken")
    print("\n".join(problems) or f"all {len(read)} variables are in docs/operations.md")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
