"""Whether an order may go on: which reviewers were asked, what each of them said, and what it comes to."""
