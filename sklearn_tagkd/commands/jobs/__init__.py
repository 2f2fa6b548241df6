"""The whole way over a folder of documents: plan, annotate, train, predict."""
