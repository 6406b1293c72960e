"""What foreign articles say, in the reader's language: made once by a machine that the operator names, kept apart."""
