"""docs/configuration.md is what the program says of its options.

    check_reference.py SOURCE_DIR PROGRAM
"""
import difflib
import subprocess
import sys
from pathlib import Path


def main():
    page = Path(sys.argv[1]) / "docs/configuration.md"
    said = subprocess.run([sys.argv[2], "--print=reference"], capture_output=True, text=True, check=True, timeout=60).stdout
    differences = list(difflib.unified_diff(page.read_text().splitlines(), said.splitlines(), str(page), "the program", lineterm=""))
    if differences:
        print("\n".join(differences))
        sys.exit(f"make it anew: livedata --print=reference > {page}")


if __name__ == "__main__":
    main()
