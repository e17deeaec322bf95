"""Part "Look inside DLFD": the synthesis of a run, step by step."""
