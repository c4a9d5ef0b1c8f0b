//! Benchmarks to come.
