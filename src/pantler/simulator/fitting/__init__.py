"""From recorded outcomes to appraisers and a multiplexer."""
