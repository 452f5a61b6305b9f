"""The manifest of a data folder -> DATA.tsv (one line per source picture) and the licence table of DATA.md.

    python datalist.py DATA/MANIFEST.tsv --out .
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

FIELDS = ("source", "author", "licence", "licence_evidence", "tags")


def main() -> None:
    """Write DATA.tsv, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with args.manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    pictures: dict[str, dict[str, str]] = {row["source"]: row for row in rows}
    crops = Counter(row["source"] for row in rows)
    with (args.out / "DATA.tsv").open("w", encoding="utf-8") as file:
        file.write("\t".join((*FIELDS, "crops")) + "\n")
        for source, row in sorted(pictures.items()):
            file.write("\t".join([*(row[field] for field in FIELDS), str(crops[source])]) + "\n")
    print(f"{len(rows)} crops of {len(pictures)} pictures\n\n| licence | crops | pictures |\n| --- | --- | --- |")
    by_crop = Counter(row["licence"] for row in rows)
    by_picture = Counter(row["licence"] for row in pictures.values())
    for licence, count in by_crop.most_common():
        print(f"| {licence} | {count} | {by_picture[licence]} |")
    print("\n| tag | crops |\n| --- | --- |")
    for tag, count in Counter(t for row in rows for t in row["tags"].split(",")).most_common():
        print(f"| {tag} | {count} |")


if __name__ == "__main__":
    main()
