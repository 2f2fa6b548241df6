"""Pictures in scikit-learn's way: from estimators, from predictions, onto axes."""
