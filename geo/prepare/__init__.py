"""From the recorded facts in `seeds/` to the layers in `layers/`: read and lint, tessellate, build."""
