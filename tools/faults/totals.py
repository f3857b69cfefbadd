"""What was sent and what was counted, bin by bin. Plain code."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Of one job: events that its results have too few, and too many."""
    sent: int
    counted: int
    lost: int
    doubled: int

    @property
    def right(self):
        return self.lost == 0 and self.doubled == 0


def difference(sent, counted):
    """Of two equally long lists of counts by bin; a result that never came (None) has lost all.

    A loss in one bin and a doubled event in another do not cancel.
    """
    if counted is None:
        counted = [0] * len(sent)
    if len(sent) != len(counted):
        raise ValueError(f"{len(counted)} bins were counted where {len(sent)} were sent")
    return Difference(sent=sum(sent), counted=sum(counted),
                      lost=sum(max(0, s - c) for s, c in zip(sent, counted)),
                      doubled=sum(max(0, c - s) for s, c in zip(sent, counted)))


def summed(differences):
    return Difference(*(sum(getattr(d, name) for d in differences) for name in ("sent", "counted", "lost", "doubled")))


def metric(text, name, **labels):
    """The sum of a metric's values in what a scrape gave, over all that have these labels."""
    out = 0.0
    wanted = [f'{k}="{v}"' for k, v in labels.items()]
    for line in text.splitlines():
        if not line.startswith((name + "{", name + " ")):
            continue
        head, _, tail = line.rpartition("} ") if "} " in line else line.partition(" ")
        if all(w in head for w in wanted):
            out += float(tail.split()[0])
    return out


def metric_values(text, name):
    """All values of a metric in what a scrape gave."""
    return [metric(line, name) for line in text.splitlines() if line.startswith((name + "{", name + " "))]
