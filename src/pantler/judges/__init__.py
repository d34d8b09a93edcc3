"""How an answer is judged before it is passed on, one file for each way."""
