"""People over time in, falls out, each with its reason."""

from carebot.falls.classifier import FallClassifier, Guess, Posture
from carebot.falls.features import PersonFeatures
from carebot.falls.monitor import FallMonitor, PersonObservation
from carebot.falls.parameters import FallParameters
from carebot.falls.person_state import PersonState

__all__ = [
    "FallClassifier",
    "FallMonitor",
    "FallParameters",
    "Guess",
    "PersonFeatures",
    "PersonObservation",
    "PersonState",
    "Posture",
]
