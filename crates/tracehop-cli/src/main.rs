//! The program `tracehop`.
#![forbid(unsafe_code)]

fn main() {}
