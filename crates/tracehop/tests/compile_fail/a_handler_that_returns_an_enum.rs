mod mail;

enum Verdict {
    Accepted,
}

fn main() {
    let _ = mail::letter().process(async { Verdict::Accepted });
}
