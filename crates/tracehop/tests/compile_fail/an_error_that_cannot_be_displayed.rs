mod mail;

#[derive(Debug)]
struct Declined;

fn main() {
    let _ = mail::letter().process(async { Err::<(), _>(Declined) });
}
