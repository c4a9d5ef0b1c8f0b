use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers everybody with `answer`.
async fn server_that_says(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // Read first: a connection closed on unread words is reset, and the answer with it.
            if answer.first() != Some(&b'I') {
                let _ = stream.read(&mut [0; 64]).await;
            }
            let _ = stream.write_all(answer).await;
        }
    });
    address
}

async fn handshake(broker: Broker, address: &str) -> Result<Option<String>, String> {
    let once = Duration::ZERO;
    until_answered(broker, address, once).await.map_err(|error| format!("{error:#}"))
}

#[tokio::test]
async fn nats_tells_its_version() {
    let address = server_that_says(b"INFO {\"version\":\"2.12.1\",\"jetstream\":true}\r\n").await;
    assert_eq!(handshake(Broker::Nats, &address).await, Ok(Some("2.12.1".to_owned())));
}

#[tokio::test]
async fn rabbitmq_tells_its_version_among_its_properties() {
    // Connection.Start 0.9 with two properties.
    let address = server_that_says(
        b"\x01\0\0\0\0\0\x2c\0\x0a\0\x0a\0\x09\0\0\0\x20\x07productS\0\0\0\x01R\x07versionS\0\0\0\x054.0.5........",
    )
    .await;
    let address = format!("amqp://guest:guest@{address}/%2f");
    assert_eq!(handshake(Broker::RabbitMq, &address).await, Ok(Some("4.0.5".to_owned())));
}

#[tokio::test]
async fn kafka_answers_with_the_correlation_of_the_question() {
    let address = server_that_says(b"\0\0\0\x0atrac\0\0\0\0\0\0").await;
    assert_eq!(handshake(Broker::Kafka, &address).await, Ok(None));
    let address = server_that_says(b"\0\0\0\x0aHTTP\0\0\0\0\0\0").await;
    let error = handshake(Broker::Kafka, &address).await.unwrap_err();
    assert!(error.ends_with("does not answer as kafka: this is another protocol"), "{error}");
}

#[tokio::test]
async fn the_second_server_of_a_list_may_be_the_one_that_is_up() {
    let up = server_that_says(b"\0\0\0\x0atrac\0\0\0\0\0\0").await;
    let address = format!("127.0.0.1:1,{up}");
    assert_eq!(handshake(Broker::Kafka, &address).await, Ok(None));
}

#[tokio::test]
async fn nobody_at_home_is_an_error_that_names_the_place() {
    let error = handshake(Broker::Nats, "127.0.0.1:1").await.unwrap_err();
    assert!(error.starts_with("127.0.0.1:1 does not answer as nats: "), "{error}");
}

#[tokio::test]
async fn who_listens_and_does_not_accept_has_not_gone() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut waiting = Vec::new();
    // Until there is no more room for those who wait.
    while let Ok(Ok(stream)) = timeout(Duration::from_millis(200), TcpStream::connect(&address)).await {
        waiting.push(stream);
    }
    let gone = until_refused(Broker::Nats, &address, Duration::from_millis(1)).await;
    assert_eq!(gone.unwrap_err().to_string(), format!("somebody still listens at {address} after 1ms"));
}
