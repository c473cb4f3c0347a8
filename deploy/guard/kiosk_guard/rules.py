"""What to do at a start of the machine, as a function of what the disk says. No clock, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kiosk_guard.state import Broken, State, Trial


@dataclass(frozen=True, slots=True)
class Run:
    """Run what is current; a marker beside it has lost its meaning, unless it is the first release's."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """The trial may see this start; its time begins anew."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class GoBack:
    """Put the good release back."""

    why: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is no release to run."""


Verdict: TypeAlias = Run | GoOn | GoBack | Nothing


def at_boot(state: State) -> Verdict:
    """What a start of the machine does.

    The link `good` moves only at a confirmation. So whatever else was lost in a power cut, the marker too, a
    release that is current and not good was never confirmed.
    """
    if state.good is None:  # the first release has nothing behind it
        match state.trial:
            case Trial(release=release) as trial if release == state.current:
                return GoOn(trial)
            case _:
                return Nothing() if state.current is None else Run()
    if state.current == state.good:
        return Run()
    if state.current is None:
        return GoBack("what should run is not whole")
    match state.trial:
        case Trial(release=release, boots_left=left) as trial if release == state.current and left > 0:
            return GoOn(trial)
        case Trial():
            return GoBack("not confirmed before the machine started again")
        case Broken(why=why):
            return GoBack(f"not confirmed, and its marker cannot be read: {why}")
        case None:
            return GoBack("not confirmed, and its marker is missing")
