"""What is asked of a person: forms and dialogs."""
