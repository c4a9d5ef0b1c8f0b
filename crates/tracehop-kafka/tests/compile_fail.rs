//! What the compiler says where users of Kafka most often stumble. `TRYBUILD=overwrite cargo test -p tracehop-kafka --test
//! compile_fail` takes over what a newer compiler says.

#[test]
fn the_compiler_says_what_to_write() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
