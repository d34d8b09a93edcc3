"""How models are asked, one file for each kind of upstream."""
