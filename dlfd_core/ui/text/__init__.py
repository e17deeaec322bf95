"""Texts of the page and pieces of HTML, on which every other room builds."""
