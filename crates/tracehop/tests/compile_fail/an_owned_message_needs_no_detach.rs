mod mail;

fn main() {
    let _ = mail::letter().detach();
}
