"""What a visitor can take away: the command, the link and the files of the run that the page shows."""
