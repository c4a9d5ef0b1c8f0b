mod mail;

#[derive(Debug)]
struct Declined;

fn main() {
    let _ = mail::letter().process(async { Ok::<_, String>(Err::<(), _>(Declined)) });
}
