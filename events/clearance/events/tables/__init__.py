"""What is decided by data: kinds of number, transitions, rules, durations, calendars."""
