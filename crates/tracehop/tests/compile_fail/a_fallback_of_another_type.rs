mod mail;

fn main() {
    let handled = async { Ok::<u32, String>(42) };
    let _ = mail::letter().process_or(handled, |error| async move { Err::<(), _>(error) });
}
