"""What the terms of a topic bring, and which it lacks: from what is stored, and what is known by its title alone."""
