mod mail;

fn main() {
    mail::letter().process_blocking(|| true);
}
