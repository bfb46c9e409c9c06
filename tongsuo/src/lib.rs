// Cargo wants a target; the package only carries its dependencies (see Cargo.toml).
