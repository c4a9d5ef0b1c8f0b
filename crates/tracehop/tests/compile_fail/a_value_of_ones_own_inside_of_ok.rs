mod mail;

struct Receipt;

fn main() {
    let _ = mail::letter().process(async { Ok::<_, String>(Receipt) });
}
