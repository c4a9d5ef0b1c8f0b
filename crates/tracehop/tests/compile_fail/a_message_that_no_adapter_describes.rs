mod mail;

fn main() {
    let _ = tracehop::MessagingTracer::global().receive::<mail::Mail, _>("hello");
}
