"""Everything that makes a trained model and reads its outputs: training loop, originals, reference bank, adaptation."""
