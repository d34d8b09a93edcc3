"""The verbs of `pantler evaluate`, one file each, each loaded only when it is used."""
