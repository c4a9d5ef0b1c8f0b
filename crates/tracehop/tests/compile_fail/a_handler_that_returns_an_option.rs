mod mail;

fn main() {
    let _ = mail::letter().process(async { Some(42) });
}
