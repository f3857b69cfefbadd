"""Every link of a page to another page, a file or a heading leads somewhere.

    check_links.py SOURCE_DIR
"""
import re
import sys
from pathlib import Path


def text_of(page):
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page):
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def broken_links(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if link.startswith(("http:", "https:")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists():
            yield f"{link}: there is no {target}"
        elif anchor and anchor not in anchors_of(target):
            yield f"{link}: {target} has no such heading"


def main():
    root = Path(sys.argv[1])
    pages = [
        p
        for p in root.rglob("*.md")
        if not p.relative_to(root).parts[0].startswith(("build", ".")) and "node_modules" not in p.parts
    ]
    links = sum(len(re.findall(r"\]\(", text_of(p))) for p in pages)
    problems = [f"{p.relative_to(root)}: {b}" for p in pages for b in broken_links(p)]
    if links < 50:
        problems.append(f"only {links} links were found: the search is broken")
    print("\n".join(problems) or f"{links} links in {len(pages)} pages lead somewhere")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
