//! libFuzzer's program for the target of its name.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracehop_fuzz::run("apply_amqp", bytes));
