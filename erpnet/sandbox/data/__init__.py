"""What the companies of the sandbox own, buy and owe: made up, the same for the same first day."""
