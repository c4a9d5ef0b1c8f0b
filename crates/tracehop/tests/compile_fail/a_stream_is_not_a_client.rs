mod mail;

fn wrap(client: impl tracehop::IntoTraced<mail::Mail>) {
    let _ = client.traced(&tracehop::MessagingTracer::global());
}

fn main() {
    let letters = futures::stream::iter([Ok::<_, String>(mail::Letter(tracehop::MemoryHeaders::new()))]);
    wrap(letters);
}
