"""Server side of the page: ports to the core, jobs, limits on visitors, errors, and validation of browser input."""
