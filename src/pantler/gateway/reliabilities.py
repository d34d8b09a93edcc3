"""How far the words of each signal are believed now, as a scrape is told."""

from prometheus_client.core import GaugeMetricFamily, Metric

from pantler.learning.signals import Signals

WORDS = {"wrong": 0.0, "right": 1.0}


def reliabilities(signals: Signals) -> Metric:
    """Of those signals that have met another; the others are believed as they were at first."""
    told = "How likely a signal's word is true of an answer as likely right as wrong"
    family = GaugeMetricFamily("pantler_signal_reliability", told, labels=["signal", "word"])
    for name, met in signals.met.items():
        for word, good in WORDS.items() if met else ():
            family.add_metric([name, word], signals.reliability(name, good))
    return family
