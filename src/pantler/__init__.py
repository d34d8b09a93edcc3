"""Which answers of large models to keep, with which model to ask, decided by what each choice costs."""
